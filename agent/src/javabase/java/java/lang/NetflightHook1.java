package java.lang;

import java.io.FileDescriptor;
import java.net.InetAddress;
import jdk.internal.vm.annotation.ForceInline;
import jdk.internal.vm.annotation.Hidden;

/**
 * Where woven JDK code meets Netflight: the one class of ours inside {@code java.base}, seen by every loader.
 *
 * <p>It is defined at most once in the life of a JVM and can never be replaced; a second agent, also one of another
 * version, finds and reuses it. So it holds no logic but the switch, and its name ends in the number of its shape.
 *
 * <p>The static methods run on the application's threads, platform and virtual, between a JDK method and its system call.
 * They never throw, lock, allocate or unmount.
 */
public abstract class NetflightHook1 {
    /** {@code null}: nothing is captured. */
    private static volatile NetflightHook1 current;

    /** For the agent's implementation. */
    protected NetflightHook1() {}

    /**
     * Makes {@code hook} the receiver of all calls. Calls that have begun before may still end after this returns, on the
     * new hook: an implementation accepts operation numbers that it did not give.
     *
     * @param hook {@code null} switches off
     */
    public static void install(NetflightHook1 hook) {
        current = hook;
    }

    /**
     * Called by woven code before a socket's system call.
     *
     * @param kind {@code dev.netflight.model.OperationKind}'s code
     * @param fd   the socket; for accept the listening one
     * @return the operation's number for {@link #exit}; 0 if this call is not followed
     */
    @Hidden
    @ForceInline
    public static long enter(int kind, FileDescriptor fd) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return 0;
        }
        try {
            return hook.begin(kind, fd);
        } catch (Throwable ignored) {
            return 0; // what goes wrong in a hook is the agent's affair, never the application's
        }
    }

    /**
     * Called by woven code after the system call, on the same carrier thread, if {@link #enter} did not answer 0.
     *
     * @param operation what {@link #enter} answered
     * @param fd        the socket; for an accept that succeeded the new one
     * @param result    what the JDK's method returns: bytes moved, 1 for connected or accepted, a negative
     *                  {@code sun.nio.ch.IOStatus}, 0 where it returns nothing; -1 if it threw
     */
    @Hidden
    @ForceInline
    public static void exit(long operation, int kind, FileDescriptor fd, long result) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return;
        }
        try {
            hook.end(operation, kind, fd, result);
        } catch (Throwable ignored) {
            // as in enter
        }
    }

    /**
     * {@link #enter(int, FileDescriptor)} for a library whose natives take the descriptor's number. Ended by
     * {@link #exit(long)}, which finds the operation by its thread: such code has no place to keep a number in.
     *
     * @param kind as there
     * @param fd   the socket; for accept the listening one
     */
    @Hidden
    @ForceInline
    public static void enter(int kind, int fd) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return;
        }
        try {
            hook.begin(kind, fd);
        } catch (Throwable ignored) {
            // as above
        }
    }

    /**
     * Ends what {@link #enter(int, int)} has begun on this thread, if anything.
     *
     * @param result what the native returned: bytes moved, a new descriptor, 0, or a negative errno; -1000 if it threw
     */
    @Hidden
    @ForceInline
    public static void exit(long result) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return;
        }
        try {
            hook.end(result);
        } catch (Throwable ignored) {
            // as above
        }
    }

    /**
     * Called by woven code when a datagram socket has got another address: bound, connected, disconnected.
     *
     * @param fd the socket
     */
    @Hidden
    @ForceInline
    public static void addressed(FileDescriptor fd) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return;
        }
        try {
            hook.follow(fd);
        } catch (Throwable ignored) {
            // as in enter
        }
    }

    /**
     * Called by woven code before the system's resolver is asked for the addresses of a host.
     *
     * @return as {@link #enter}
     */
    @Hidden
    @ForceInline
    public static long enterLookup(String host) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return 0;
        }
        try {
            return hook.beginLookup(host);
        } catch (Throwable ignored) {
            return 0; // as in enter
        }
    }

    /**
     * Called by woven code after the resolver has answered, on the same carrier thread, if {@link #enterLookup} did not
     * answer 0.
     *
     * @param addresses the answer, only to be read; {@code null} if it threw
     * @param thrown    what it threw, or {@code null}
     */
    @Hidden
    @ForceInline
    public static void exitLookup(long operation, String host, InetAddress[] addresses, Throwable thrown) {
        NetflightHook1 hook = current;
        if (hook == null) {
            return;
        }
        try {
            hook.endLookup(operation, host, addresses, thrown);
        } catch (Throwable ignored) {
            // as in enter
        }
    }

    /** {@link #enter}, when something is captured. What it throws is swallowed and means 0. */
    protected abstract long begin(int kind, FileDescriptor fd);

    /** {@link #enter(int, int)}, when something is captured. What it throws is swallowed. */
    protected abstract void begin(int kind, int fd);

    /** {@link #exit(long)}, when something is captured. What it throws is swallowed. */
    protected abstract void end(long result);

    /** {@link #addressed}, when something is captured. What it throws is swallowed. */
    protected abstract void follow(FileDescriptor fd);

    /** {@link #enterLookup}, when something is captured. What it throws is swallowed and means 0. */
    protected abstract long beginLookup(String host);

    /** {@link #exitLookup}, when something is captured. What it throws is swallowed. */
    protected abstract void endLookup(long operation, String host, InetAddress[] addresses, Throwable thrown);

    /** {@link #exit}, when something is captured. What it throws is swallowed. */
    protected abstract void end(long operation, int kind, FileDescriptor fd, long result);
}
