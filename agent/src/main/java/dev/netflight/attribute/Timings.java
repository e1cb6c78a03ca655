package dev.netflight.attribute;

import dev.netflight.model.Latency;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.PacketEvent;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * When the bytes of one connection's calls were on the wire. Only what packets show: a moment that no captured packet tells
 * of is not known. Positions that come twice count where they were seen first.
 *
 * <p>A read is known when it ends, since its bytes have come before. A write is known when it is acknowledged; should it
 * never be, when the connection ends. Capture thread only.
 */
final class Timings {
    /** Writes that wait for their acknowledgement; beyond, the oldest is given out without. */
    private static final int CAPACITY = 4096;

    private record Write(Operation operation, OperationRanges ranges, long from, long to) {}

    private final Passages departures = new Passages();
    private final Passages acknowledgements = new Passages();
    private final Passages arrivals = new Passages();
    private final ArrayDeque<Write> writes = new ArrayDeque<>();
    private long acknowledged = Long.MIN_VALUE;

    /** A packet, its positions extended. */
    void packet(PacketEvent event, TrackedConnection tracked, Consumer<Latency> done) {
        if (event.payloadLength > 0) {
            (event.outbound ? departures : arrivals).add(event.seqPosition, event.seqPosition + event.payloadLength,
                    event.monoNanos, event.lostBefore);
        }
        if (!event.outbound && (event.tcpFlags & Rules.ACK) != 0 && event.ackPosition > acknowledged) {
            acknowledged = event.ackPosition;
            acknowledgements.add(acknowledged, acknowledged, event.monoNanos, event.lostBefore);
            settle(tracked, done);
        }
    }

    /** A call that has ended and of which the times were taken. */
    void ended(Operation operation, OperationRanges ranges, TrackedConnection tracked, Consumer<Latency> done) {
        if (ranges.received() && operation.bytes() > 0) {
            read(operation, ranges, tracked, done);
        }
        if (ranges.sent() && operation.bytes() > 0) {
            if (writes.size() == CAPACITY) {
                done.accept(latency(writes.poll(), tracked));
            }
            long from = tracked.sent.extend(ranges.sentFrom());
            writes.add(new Write(operation, ranges, from, from + (ranges.sentTo() - ranges.sentFrom())));
            settle(tracked, done);
        }
    }

    private void read(Operation operation, OperationRanges ranges, TrackedConnection tracked, Consumer<Latency> done) {
        long from = tracked.received.extend(ranges.receivedFrom());
        // a FIN that was consumed with them is no byte
        long to = from + operation.bytes();
        done.accept(new Latency(operation, tracked.connection, false, ranges.startedNanos(), ranges.endedNanos(),
                arrivals.monoNanos(arrivals.with(from)), arrivals.monoNanos(arrivals.with(to - 1)), 0,
                arrivals.repeats(from, to)));
        arrivals.forgetBelow(to);
    }

    private void settle(TrackedConnection tracked, Consumer<Latency> done) {
        while (!writes.isEmpty() && writes.peek().to <= acknowledged) {
            Write write = writes.poll();
            done.accept(latency(write, tracked));
            departures.forgetBelow(write.to);
            acknowledgements.forgetBelow(write.to - 1);
        }
    }

    private Latency latency(Write write, TrackedConnection tracked) {
        int last = departures.with(write.to - 1);
        int answer = acknowledgements.reaching(write.to);
        // with packets lost in between, the first acknowledgement may be among them
        boolean seen = last >= 0 && answer >= 0 && departures.lostBefore(last) == acknowledgements.lostBefore(answer);
        return new Latency(write.operation, tracked.connection, true, write.ranges.startedNanos(), write.ranges.endedNanos(),
                departures.monoNanos(departures.with(write.from)), departures.monoNanos(last),
                seen ? acknowledgements.monoNanos(answer) : 0, departures.repeats(write.from, write.to));
    }

    /** The connection has ended: what is not acknowledged will never be. */
    void finish(TrackedConnection tracked, Consumer<Latency> done) {
        for (Write write = writes.poll(); write != null; write = writes.poll()) {
            done.accept(latency(write, tracked));
        }
    }
}
