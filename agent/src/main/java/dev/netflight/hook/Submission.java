package dev.netflight.hook;

import dev.netflight.model.JavaStack;

/** That a thread handed bytes over: made on that thread, read by whoever writes the bytes and by the capture thread. */
final class Submission {
    /** Not the thread: a virtual one would keep alive all that its task has made. */
    final long threadId;
    final String threadName;
    /** From where; {@code null} where stacks are off, throttled, or the JVM makes none. */
    final Throwable stack;
    /** The way it went, or {@code null}. */
    final Route route;
    /** Another one whose bytes cannot be told from these any more, or {@code null}. */
    final Submission and;

    // the capture thread's own
    private JavaStack resolved;
    private boolean isResolved;

    Submission(long threadId, String threadName, Throwable stack, Route route, Submission and) {
        this.threadId = threadId;
        this.threadName = threadName;
        this.stack = stack;
        this.route = route;
        this.and = and;
    }

    JavaStack resolve(StackCache stacks) {
        if (!isResolved) {
            isResolved = true;
            resolved = stacks.resolveSubmission(stack);
        }
        return resolved;
    }

    /** What is known of all that goes one way, such as through one channel's pipeline. Any thread. */
    static final class Route {
        /** A socket may be captured later, when a recording wants to know more than a file. */
        private static final long UNSEEN_NANOS = 1_000_000_000L;

        /** {@code System.nanoTime()}, 0 for no time. */
        private volatile long unseenUntil;
        /** Somebody on the way keeps items back, so that what comes out may be another's. */
        volatile boolean keepsBack;

        /** Its socket is not captured, or no operation of ours sends its bytes: to take a stack for it would be in vain. */
        void unseen(long nanoTime) {
            unseenUntil = nanoTime + UNSEEN_NANOS | 1;
        }

        /** Whether it was so within the last second. */
        boolean isUnseen(long nanoTime) {
            long until = unseenUntil;
            return until != 0 && until - nanoTime > 0;
        }
    }
}
