package dev.netflight.hook;

import jdk.internal.misc.Unsafe;

/**
 * The calling thread's stack, unresolved: what HotSpot keeps in a {@code Throwable}. {@link StackCache} makes it
 * readable on the capture thread.
 *
 * <p>Where the fields of {@code Throwable} allow it, the object is made without running its constructor: a constructor
 * reports each exception to JFR when {@code jdk.JavaExceptionThrow} is recorded, and these are none.
 */
final class StackTrace extends Throwable {
    private static final long serialVersionUID = 1L;
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final StackTraceElement[] NOT_FILLED = new StackTraceElement[0];
    /** Offset of {@code Throwable.stackTrace}, or -1 to use the constructor. */
    private static final long STACK_TRACE = stackTraceOffset();

    private StackTrace() {
        super(null, null, false, true);
    }

    /** The caller's stack, with this method and its callers in Netflight on top of it. */
    static Throwable take() throws InstantiationException {
        if (STACK_TRACE < 0) {
            return new StackTrace();
        }
        StackTrace trace = (StackTrace) UNSAFE.allocateInstance(StackTrace.class);
        // fillInStackTrace() takes null for "not writable"
        UNSAFE.putReference(trace, STACK_TRACE, NOT_FILLED);
        return trace.fillInStackTrace();
    }

    private static long stackTraceOffset() {
        try {
            long offset = UNSAFE.objectFieldOffset(Throwable.class, "stackTrace");
            StackTrace probe = (StackTrace) UNSAFE.allocateInstance(StackTrace.class);
            UNSAFE.putReference(probe, offset, NOT_FILLED);
            StackTraceElement[] made = probe.fillInStackTrace().getStackTrace();
            StackTraceElement[] constructed = new StackTrace().getStackTrace();
            // with -XX:-StackTraceInThrowable both are empty
            return made.length == constructed.length ? offset : -1;
        } catch (InstantiationException | RuntimeException | Error e) {
            return -1;
        }
    }
}
