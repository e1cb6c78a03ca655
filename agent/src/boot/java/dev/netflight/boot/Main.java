package dev.netflight.boot;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Where {@code java -jar netflight.jar} begins: the command line, in the same module layer as the agent's core. */
public final class Main {
    private Main() {}

    /** Ends the JVM with status 1 where the core cannot be loaded; else the core decides. */
    public static void main(String[] args) throws Throwable {
        Method main;
        try {
            Jdk.requireSupported();
            Core core = Core.load(true);
            allowNativeAccess(core);
            main = core.entry().getMethod("main", String[].class);
        } catch (Exception | LinkageError e) {
            String reason = e instanceof UnsupportedOperationException ? e.getMessage() : e.toString();
            System.err.println("netflight: " + reason);
            System.exit(1);
            return;
        }
        try {
            main.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** By name, since it came after Java 11. We may pass it on: the manifest's Enable-Native-Access counts with -jar. */
    private static void allowNativeAccess(Core core) throws ReflectiveOperationException {
        ModuleLayer.Controller.class
                .getMethod("enableNativeAccess", Module.class)
                .invoke(core.controller(), core.module());
    }
}
