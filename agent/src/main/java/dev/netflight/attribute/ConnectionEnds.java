package dev.netflight.attribute;

import dev.netflight.model.Connection;
import java.util.ArrayDeque;

/**
 * What comes after the end of a connection: operations that are still in their queues, the report, late packets, and that it is
 * forgotten. Capture thread only.
 */
final class ConnectionEnds {
    /** How long after its end its operations may still come out of their queues. */
    static final long GRACE_NANOS = 100_000_000L;

    /** When it is reported: all its packets have left by then. */
    private static final long END_NANOS = Attributor.MAX_WAIT_NANOS + 2 * GRACE_NANOS;

    /** How long it is remembered for late packets. */
    private static final long FORGET_NANOS = 10_000_000_000L;

    /** The same for one that is followed no more: only operations can come late, and there may be thousands a second. */
    private static final long LEAVE_NANOS = 1_000_000_000L;

    /** A connection that is followed no more, since then; it may be followed again. */
    private record Leaving(TrackedConnection tracked, long monoNanos) {}

    private final Attributor.Output output;
    private final ArrayDeque<TrackedConnection> closing = new ArrayDeque<>();
    private final ArrayDeque<TrackedConnection> closed = new ArrayDeque<>();
    private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();

    ConnectionEnds(Attributor.Output output) {
        this.output = output;
    }

    /** Its socket is closed. */
    void closed(TrackedConnection tracked, long monoNanos) {
        tracked.closedMonoNanos = monoNanos;
        tracked.connection.closedMonoNanos = monoNanos;
        closing.add(tracked);
    }

    /** The filter accepts none of its packets. */
    void leftOut(TrackedConnection tracked, long monoNanos) {
        tracked.leftOutMonoNanos = monoNanos;
        tracked.endReported = true; // nobody wants to know
        leaving.add(new Leaving(tracked, monoNanos));
    }

    /** It is followed, perhaps again. One that has ended stays so. */
    void followed(TrackedConnection tracked) {
        if (tracked.leftOutMonoNanos != 0) {
            tracked.leftOutMonoNanos = 0;
            tracked.endReported = false;
        }
    }

    /** Reports what has ended long enough ago, and has the table forget what ended long ago. */
    void sweep(long nowMonoNanos, ConnectionTable connections) {
        while (!closing.isEmpty() && nowMonoNanos - closing.peek().closedMonoNanos > END_NANOS) {
            TrackedConnection tracked = closing.poll();
            report(tracked);
            closed.add(tracked);
        }
        while (!closed.isEmpty() && nowMonoNanos - closed.peek().closedMonoNanos > FORGET_NANOS) {
            TrackedConnection tracked = closed.poll();
            connections.remove(tracked);
            output.connectionForgotten(tracked.connection);
        }
        while (!leaving.isEmpty() && nowMonoNanos - leaving.peek().monoNanos > LEAVE_NANOS) {
            Leaving oldest = leaving.poll();
            if (oldest.tracked.leftOutMonoNanos == oldest.monoNanos) {
                connections.remove(oldest.tracked);
            }
        }
        connections.forgetHandshakesBefore(nowMonoNanos - FORGET_NANOS);
    }

    /** Once: it has ended, the capture has, or there is no room for it. */
    void report(TrackedConnection tracked) {
        if (!tracked.endReported) {
            tracked.endReported = true;
            if (tracked.timings != null) {
                tracked.timings.finish(tracked, output::latency);
            }
            output.connectionEnded(tracked.connection);
        }
    }

    /** A handshake of which nothing has come, under its listener's cookie. */
    void forgotten(TrackedConnection handshake) {
        Connection halfOpen = handshake.halfOpen;
        if (halfOpen != null) {
            output.connectionForgotten(halfOpen);
        }
    }
}
