package dev.netflight.agent;

import dev.netflight.cli.CommandLineInterface;
import dev.netflight.control.Verbs;
import java.lang.instrument.Instrumentation;
import jdk.internal.access.SharedSecrets;

/** What the boot class calls, by name: a change of these signatures is a change of {@code dev.netflight.boot} as well. */
public final class Entry {
    private Entry() {}

    /**
     * {@link #run} at start-up. Declared as the JVM wants it of a premain, since the boot class's reflective call then finds the
     * JVM's own method handle forms for this shape; for another shape new ones would be made, 8 ms.
     */
    public static void premain(String options, Instrumentation inst) {
        run(options, inst, true);
    }

    /** {@link #run} in a running JVM. */
    public static void agentmain(String options, Instrumentation inst) {
        run(options, inst, false);
    }

    /**
     * Carries out what the agent's options say. Called once for each load of the agent: at start-up on the main thread, or,
     * without options, on one that runs beside it; later on the Attach Listener thread.
     *
     * @param options   may be {@code null} or empty: armed, nothing captured
     * @param atStartup whether the application has not begun yet
     * @return the answer, {@code OK …} or {@code ERROR …}; nothing is thrown
     */
    public static String run(String options, Instrumentation inst, boolean atStartup) {
        try {
            // The manifest's Enable-Native-Access does not count for an agent (JEP 472).
            SharedSecrets.getJavaLangAccess().addEnableNativeAccess(Entry.class.getModule());
            return Verbs.run(options, inst, atStartup);
        } catch (Throwable e) {
            return "ERROR " + e;
        }
    }

    /** The command line, which ends this JVM. Native access is granted by the boot class. */
    public static void main(String[] args) {
        if (ModuleLayer.boot().findModule("jdk.attach").isEmpty()) {
            System.err.println("netflight: this Java has no module jdk.attach, by which other JVMs are reached; use a JDK 25.");
            System.exit(1);
        }
        System.exit(CommandLineInterface.run(args));
    }
}
