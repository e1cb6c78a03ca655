package dev.netflight.sink.flight;

import java.nio.ByteBuffer;

/** A part of the memory with packets that can be read by themselves. Written by the capture thread, read by those that dump. */
final class FlightSegment {
    final FlightMemory.Room room;
    final ByteBuffer memory;
    private int packets;
    private long firstMonoNanos;
    /** Bytes of whole packets; what lies behind is not there yet. Written last: who has read it sees the others. */
    private volatile int end;
    /** Snapshots that still need it. Guarded by the {@link FlightMemory}. */
    int readers;
    /** Whether it belongs to snapshots alone. Guarded by the {@link FlightMemory}. */
    boolean isEvicted;

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
