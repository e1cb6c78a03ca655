package dev.netflight.sink.flight;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** A part of the memory with packets that can be read by themselves. Written by the capture thread, read by those that dump. */
final class FlightSegment {
    final FlightMemory.Room room;
    final ByteBuffer memory;
    private int packets;
    private long firstMonoNanos;
    /** Bytes of whole packets; what lies behind is not there yet. Written last: who has read it sees the others. */
    private volatile int end;
    /** Who needs it: the row, as long as it is in it, and snapshots. The last one has the room. */
    private final AtomicInteger holders = new AtomicInteger(1);

    FlightSegment(FlightMemory.Room room) {
        this.room = room;
        this.memory = room.memory();
    }

    /** A packet more is in it. Capture thread. */
    void written(int newEnd, long monoNanos) {
        if (packets++ == 0) {
            firstMonoNanos = monoNanos;
        }
        end = newEnd;
    }

    /** One more needs it, while the row does. */
    void hold() {
        holders.incrementAndGet();
    }

    /** One less needs it. {@return whether it was the last} No lock: a dump's thread that waits for a processor must hold nobody up. */
    boolean letGo() {
        return holders.decrementAndGet() == 0;
    }

    int end() {
        return end;
    }

    /** Packets before {@link #end}, or some more. */
    int packets() {
        return end == 0 ? 0 : packets;
    }

    /** Of its first packet, CLOCK_MONOTONIC. */
    long firstMonoNanos() {
        return end == 0 ? 0 : firstMonoNanos;
    }

    int bytes() {
        return memory.capacity();
    }
}
