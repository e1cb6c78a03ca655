package dev.netflight.instrument;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/**
 * Brings the hook classes into {@code java.base}, where every loader sees them.
 *
 * <p>Their names are strings here on purpose: a class that mentions them in its code may have them resolved, and found
 * missing, before they are defined.
 */
public final class HookClasses {
    private static final String HOOK = "java.lang.NetflightHook1";
    private static final String ORIGIN = "java.lang.NetflightOrigin1";
    private static final String THROWN = "java.lang.NetflightThrown1";
    private static final String WRAPPED_NATIVES = "sun.nio.ch.NetflightNet1";

    private HookClasses() {}

    /**
     * Defines and initialises them, unless this JVM has them already, from this agent or another. Needs {@code java.lang} and
     * {@code sun.nio.ch} opened to this module.
     *
     * @throws IllegalStateException if they cannot be defined
     */
    public static synchronized void define() {
        try {
            define(HOOK, Object.class);
            define(ORIGIN, Object.class);
            define(THROWN, Object.class);
            define(WRAPPED_NATIVES, Class.forName("sun.nio.ch.SocketDispatcher", false, null));
        } catch (IOException | ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException("define the hook classes in java.base: " + e, e);
        }
    }

    private static void define(String name, Class<?> neighbour) throws IOException, ReflectiveOperationException {
        if (!exists(name)) {
            byte[] bytes = OwnResources.read("hook/" + name.replace('.', '/') + ".class");
            if (bytes == null) {
                throw new IOException(name + " is missing in the agent's jar");
            }
            try {
                MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup()).defineClass(bytes);
            } catch (LinkageError e) {
                if (!exists(name)) {
                    throw e;
                } // another agent was quicker
            }
        }
        Class.forName(name, true, null); // now, not in a hook on a virtual thread
    }

    private static boolean exists(String name) {
        try {
            Class.forName(name, false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
