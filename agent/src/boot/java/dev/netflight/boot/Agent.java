package dev.netflight.boot;

import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;

/**
 * Where the JVM calls us: {@code -javaagent} and dynamic attach.
 *
 * <p>Nothing thrown here leaves it, since an exception from {@code premain} aborts the JVM. Nothing is written to the
 * console; what fails before the core is there is said in one warning of the logger {@code dev.netflight}.
 */
public final class Agent {
    /** The core's {@code Entry.run}, once its layer is made; it lasts as long as the JVM. Guarded by the class's lock. */
    private static Method run;

    private Agent() {}

    /** Called by the JVM on the main thread before the application's {@code main}. */
    public static void premain(String options, Instrumentation inst) {
        handOver(options, inst, true);
    }

    /** Called by the JVM on the Attach Listener thread, once for each load, always in this same class. */
    public static void agentmain(String options, Instrumentation inst) {
        handOver(options, inst, false);
    }

    private static void handOver(String options, Instrumentation inst, boolean atStartup) {
        try {
            Jdk.requireSupported();
            entry(inst).invoke(null, options, inst, atStartup);
        } catch (Throwable e) {
            warn(e);
        }
    }

    private static synchronized Method entry(Instrumentation inst) throws Exception {
        if (run == null) {
            Core core = Core.load(false);
            core.openJavaBase(inst);
            run = core.entry().getMethod("run", String.class, Instrumentation.class, boolean.class);
        }
        return run;
    }

    private static void warn(Throwable e) {
        try {
            String reason = e instanceof UnsupportedOperationException ? e.getMessage() : e.toString();
            System.getLogger("dev.netflight")
                    .log(System.Logger.Level.WARNING, "Netflight is not loaded, the application goes on without it: " + reason);
        } catch (Throwable ignored) {
            // a logger that fails must not take the application with it
        }
    }
}
