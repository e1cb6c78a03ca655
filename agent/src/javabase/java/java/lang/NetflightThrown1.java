package java.lang;

import jdk.internal.vm.annotation.Hidden;

/**
 * Where the woven constructors of exception classes tell Netflight that one is made. Defined once per JVM beside
 * {@link NetflightHook1}, under the same rules: the static method runs on the application's threads and never throws,
 * locks or changes anything of the application's.
 */
public abstract class NetflightThrown1 {
    /** {@code null}: nobody asks. */
    private static volatile NetflightThrown1 current;

    /** For the agent's implementation. */
    protected NetflightThrown1() {}

    /** Makes {@code receiver} the receiver of all calls; {@code null} switches off. */
    public static void install(NetflightThrown1 receiver) {
        current = receiver;
    }

    /**
     * An object of a class that is asked for, or of a subclass, is made.
     *
     * @param made an {@code Object}, so that no class that is woven can fail to verify
     */
    @Hidden
    public static void made(Object made) {
        NetflightThrown1 receiver = current;
        if (receiver != null) {
            try {
                receiver.thrown(made);
            } catch (Throwable ignored) {
                // what goes wrong here is the agent's affair, never the application's
            }
        }
    }

    /** The implementation of {@link #made}. */
    protected abstract void thrown(Object made);
}
