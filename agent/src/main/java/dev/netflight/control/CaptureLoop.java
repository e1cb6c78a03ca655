package dev.netflight.control;

import dev.netflight.attribute.Attributor;
import dev.netflight.decode.RecordDecoder;
import dev.netflight.hook.OperationRecord;
import dev.netflight.hook.Operations;
import dev.netflight.hook.SlotLayout;
import dev.netflight.hook.SocketHook;
import dev.netflight.kernel.CaptureProgram;
import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Latency;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Packet;
import dev.netflight.model.Trouble;
import dev.netflight.ring.RingBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The way of a packet, in one thread: ring → decode → attribute → sinks.
 *
 * <p>A packet stays where the kernel has put it until its operations are known; only then is its room in the ring given
 * back. A round first takes the operations that have ended, then the records: since a call leaves its records before it
 * ends, none of its operations is looked at before its records are.
 */
final class CaptureLoop implements Attributor.Output, Flight.Source {
    private static final long SILENT_NANOS = 100_000_000L;
    /** How long a packet may wait in a buffer, where a file is written and where somebody looks at the packets as they come. */
    static final long FLUSH_NANOS = 100_000_000L;
    static final long STREAM_NANOS = 20_000_000;
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** Records are taken in parts of at most so many bytes, so that the kernel gets room back while a burst lasts. */
    private static final long PART_BYTES = 1 << 20;
    /** A packet leaves after 800 ms at the latest, if the loop is not late itself. */
    private static final int SETTLE_LOOKS = 20;
    private static final long SETTLE_LOOK_MILLIS = 100;

    /** Who runs the loop; called on the capture thread, and must not make it wait. */
    interface Owner {
        /** It ends: as many packets as were asked for have been given out, or {@link #failure()} tells why. */
        void ended();

        void secondPassed();
    }

    private record Ended(Operation operation, OperationRanges ranges) {}

    private final CaptureProgram program;
    private final RingBuffer ring;
    private final SocketHook hook;
    private final Operations operations;
    private final Attributor attributor;
    private final Sinks sinks;
    private final RecordDecoder decoder;
    private final Owner owner;
    private final long flushNanos;
    private final long countLimit;
    private final ArrayDeque<Ended> ended = new ArrayDeque<>();
    /** Who waits for the open connections to be reported. */
    private final Queue<CountDownLatch> openAsked = new ConcurrentLinkedQueue<>();
    private final Thread thread;

    private volatile boolean stopping;
    private volatile boolean done;
    private volatile Throwable failure;
    private volatile Counters counters = Counters.NONE;
    /** Somebody waits until what has come by now has left. */
    private volatile CountDownLatch settling;
    /** For whom {@link #settlesAt} holds. */
    private CountDownLatch settlingSeen;
    private long settlesAt;
    /** Operations have been taken whose records, up to {@link #readUntil}, have not all been read. */
    private boolean isReading;
    private long readUntil;
    /** Operations that the last poll found. */
    private int polled;
    /**
     * A pause when nothing comes. A packet ends it; operations do not, and where they have been seen to come without packets
     * (of a device that is left out, say) they must not pile up in their queues for long.
     */
    private long idleNanos = SECOND_NANOS;
    private long operationsBefore;
    private long packetsBefore;
    private long polledAt;
    /** All operations that had ended by then are known: what a packet's waiting is measured by, however late we are. */
    private long operationsUntil;
    private long overCount;
    private long nextFlush;
    private long nextSecond;

    /**
     * @param countLimit packets after which no more are given out; 0 for no limit
     * @param flushNanos how long a packet may wait in a buffer
     */
    CaptureLoop(CaptureProgram program, SocketHook hook, Operations operations, SlotCalls calls,
            OtherProcessFacts processes, Sinks sinks, long countLimit, long flushNanos, Owner owner) {
        this.program = program;
        this.ring = program.ring();
        this.hook = hook;
        this.operations = operations;
        this.attributor = new Attributor(this, new InterfaceNames(), calls, processes);
        attributor.threads(operations::platformThread);
        this.sinks = sinks;
        this.decoder = new RecordDecoder(ring.buffer(), attributor);
        this.countLimit = countLimit;
        this.flushNanos = flushNanos;
        this.owner = owner;
        this.thread = new Thread(null, this::run, "netflight-capture", 0, false);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                if (!round()) {
                    ring.pause(attributor.isHolding() || polled > 0 ? RingBuffer.POLL_NANOS
                            : sinks.isWaiting() ? Math.clamp(nextFlush - System.nanoTime(), RingBuffer.POLL_NANOS, idleNanos)
                            : idleNanos);
                }
            }
            finish();
        } catch (Throwable unexpected) {
            failure = unexpected;
            Log.warn(false, "The capture ends early, the application goes on: " + unexpected);
            endAfterFailure();
            owner.ended();
        } finally {
            done = true;
            answerOpen(false);
        }
    }

    /** @return whether there is more to take at once */
    private boolean round() {
        program.calls().wakeForOthers();
        if (!isReading) {
            isReading = true;
            polledAt = System.nanoTime();
            polled = operations.poll(this::ended);
            readUntil = ring.released() + ring.backlogBytes();
            if (settlingSeen != settling) {
                settlingSeen = settling;
                settlesAt = readUntil;
            }
            attributor.timing(sinks.wantLatencies());
        }
        long lost = program.lost();
        long from = ring.cursor();
        long position;
        while (ring.cursor() - from < PART_BYTES && (position = ring.read()) >= 0) {
            decoder.decode(position, ring.offset(), lost);
        }
        if (ring.cursor() >= readUntil) {
            isReading = false;
            for (Ended next = ended.poll(); next != null; next = ended.poll()) {
                attributor.operation(next.operation(), next.ranges());
            }
            operationsUntil = polledAt;
        }
        attributor.release(operationsUntil, isReading ? Long.MIN_VALUE : ring.cursor() - ring.size() / 2);
        ring.release(attributor.oldestPosition(ring.cursor()));
        if (!isReading && !openAsked.isEmpty()) {
            answerOpen(true);
        }
        if (settlingSeen != null && ring.released() >= settlesAt) {
            settlingSeen.countDown();
        }
        everyNowAndThen(System.nanoTime());
        return isReading;
    }

    private void ended(Operation operation, OperationRecord record) {
        ended.add(new Ended(operation, new OperationRanges(record.cookie, record.sent(), record.tx0, record.tx1,
                record.received(), record.rx0, record.rx1,
                (record.flags & SlotLayout.STATE) != 0, (record.flags & SlotLayout.ADOPTED) != 0, record.startedNanos(),
                record.endedNanos())));
    }

    private void everyNowAndThen(long now) {
        if (now - nextFlush < 0) {
            return;
        }
        nextFlush = now + flushNanos;
        sinks.flush();
        attributor.sweep(now);
        count();
        if (now - nextSecond >= 0) {
            nextSecond = now + SECOND_NANOS;
            boolean isSilent = attributor.operations() > operationsBefore && attributor.packets() == packetsBefore;
            idleNanos = isSilent ? SILENT_NANOS : SECOND_NANOS;
            operationsBefore = attributor.operations();
            packetsBefore = attributor.packets();
            operations.sweep(this::ended);
            program.sweepDatagrams();
            sinks.statistics(counters);
            owner.secondPassed();
        }
    }

    private void count() {
        long dropped = sinks.dropped() + overCount;
        counters = new Counters(program.matched(), attributor.packets() - dropped, program.lost(), dropped,
                attributor.unattributed(), program.recordsLost(), program.recursionMisses(), attributor.operations(),
                hook.operationsDropped(), attributor.connectionsEvicted() + program.connectionsRefused(),
                attributor.rangesEvicted(), sinks.bytesWritten());
    }

    /** The programs are detached: what is left comes out. */
    private void finish() {
        long deadline = System.nanoTime() + SECOND_NANOS;
        while (ring.backlogBytes() > ring.heldBytes() && System.nanoTime() < deadline) {
            round();
        }
        // operations whose packets have been seen may still be on their way out of their calls
        long grace = System.nanoTime() + 2 * RingBuffer.POLL_NANOS;
        do {
            round();
            LockSupport.parkNanos(1_000_000);
        } while (attributor.isHolding() && System.nanoTime() < grace);
        round();
        attributor.finish(System.nanoTime());
        ring.release(ring.cursor());
        sinks.flush();
        count();
        sinks.close(counters);
        count();
    }

    private void endAfterFailure() {
        try {
            count();
            sinks.close(counters);
        } catch (RuntimeException second) {
            failure.addSuppressed(second);
        }
    }

    /**
     * Ends the thread after it has written what is left. The programs must be detached before.
     *
     * @param patienceMillis how long an output that takes nothing is waited for; 0 for as long as it takes
     */
    void stop(long patienceMillis) throws InterruptedException {
        stopping = true;
        ring.wakeup();
        thread.join(patienceMillis);
        if (thread.isAlive()) {
            thread.interrupt(); // closes the channel on which it hangs
            thread.join();
        }
    }

    /** What has passed by now is given out when this returns; one caller at a time, not the loop's thread. */
    @Override
    public void settle() throws InterruptedException {
        CountDownLatch latch = new CountDownLatch(1);
        settling = latch;
        ring.wakeup();
        boolean settled = false;
        for (int i = 0; i < SETTLE_LOOKS && !settled && !done; i++) {
            settled = latch.await(SETTLE_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Ends a pause, so that the sinks are looked after. Any thread. */
    void wake() {
        ring.wakeup();
    }

    /**
     * Has the sinks told of the connections that are open, and waits for that, a second at most. Where the loop is about to end
     * they have been told of all when this returns. Any thread but the loop's.
     */
    void reportOpen() {
        var answer = new CountDownLatch(1);
        openAsked.add(answer);
        if (!done) {
            ring.wakeup();
            try {
                answer.await(SECOND_NANOS, TimeUnit.NANOSECONDS);
            } catch (InterruptedException impatient) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void answerOpen(boolean tell) {
        for (CountDownLatch asked = openAsked.poll(); asked != null; asked = openAsked.poll()) {
            if (tell) {
                attributor.reportOpen();
            }
            asked.countDown();
        }
    }

    /** As of at most a second ago, 100 ms while packets come. Any thread. */
    @Override
    public Counters counters() {
        return counters;
    }

    /** Why the thread ended before it was told to, or {@code null}. */
    Throwable failure() {
        return failure;
    }

    boolean isDone() {
        return done;
    }

    // ---- attribute → sinks --------------------------------------------------------------------------------------

    @Override
    public void packet(Packet packet) {
        if (countLimit > 0 && packet.number > countLimit) {
            overCount++;
            return;
        }
        sinks.packet(packet);
        if (packet.number == countLimit) {
            owner.ended();
        }
    }

    @Override
    public void connectionEnded(Connection connection) {
        sinks.connectionEnded(connection);
    }

    @Override
    public void connectionOpen(Connection connection) {
        sinks.connectionOpen(connection);
    }

    @Override
    public void latency(Latency latency) {
        sinks.latency(latency);
    }

    @Override
    public void origins(Operation write, OperationRanges ranges, Connection connection) {
        sinks.origins(write, ranges, connection);
    }

    @Override
    public void trouble(Trouble trouble) {
        sinks.trouble(trouble);
    }

    @Override
    public void connectionForgotten(Connection connection) {
        program.forget(connection);
    }
}
