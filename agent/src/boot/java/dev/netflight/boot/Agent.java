package dev.netflight.boot;

import java.lang.instrument.Instrumentation;

/**
 * Where the JVM calls us: {@code -javaagent} and dynamic attach.
 *
 * <p>Nothing thrown here leaves it, since an exception from {@code premain} aborts the JVM. Nothing is written to the
 * console; what fails before the core is there is said in one warning of the logger {@code dev.netflight}.
 */
public final class Agent {
    /** The core's {@code Entry}, once its layer is made; it lasts as long as the JVM. Guarded by the class's lock. */
    private static Class<?> entry;

    private Agent() {}

    /**
     * Called by the JVM on the main thread before the application's {@code main}. With options, all is done when this returns; an
     * agent that is merely armed changes nothing that {@code main} could see, so the application does not wait for it.
     */
    public static void premain(String options, Instrumentation inst) {
        try {
            Jdk.requireSupported();
            if (options != null && !options.isEmpty()) {
                handOver("premain", options, inst);
                return;
            }
            Thread thread = new Thread(null, null, "netflight-boot", 0, false) {
                @Override
                public void run() {
                    handOver("premain", options, inst);
                }
            };
            thread.setDaemon(true);
            thread.start();
        } catch (Throwable e) {
            warn(e);
        }
    }

    /** Called by the JVM on the Attach Listener thread, once for each load, always in this same class. */
    public static void agentmain(String options, Instrumentation inst) {
        handOver("agentmain", options, inst);
    }

    private static void handOver(String method, String options, Instrumentation inst) {
        try {
            Jdk.requireSupported();
            entry(inst).getMethod(method, String.class, Instrumentation.class).invoke(null, options, inst);
        } catch (Throwable e) {
            warn(e);
        }
    }

    private static synchronized Class<?> entry(Instrumentation inst) throws Exception {
        if (entry == null) {
            Core core = Core.load(false);
            core.openJavaBase(inst);
            entry = core.entry();
        }
        return entry;
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
