package dev.netflight.sink.flight;

import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest packets in a bounded number of bytes outside the heap. The memory is a row of segments; where there is no
 * room for another one the oldest goes, with all its packets.
 *
 * <p>A {@link #snapshot} copies nothing: its segments are left alone until it has been read, and the capture takes fresh ones meanwhile. So
 * while one dump is written there may be twice as many bytes, the capture never waits for a disk, and the dump has what was
 * there when it was asked for, whatever comes after.
 *
 * <p>Packets are added by the capture thread; everything else may be called by any thread.
 */
public final class FlightMemory implements AutoCloseable {
    /** Parts of the whole: of them all but one are kept at least. */
    private static final int SEGMENTS = 32;
    private static final int SMALLEST_SEGMENT = 1 << 16;
    private static final int LARGEST_SEGMENT = 1 << 24;
    private static final int MOST_BYTES = 1 << 28;

    /** A piece of memory outside the heap. */
    public interface Room {
        /** In native byte order. */
        ByteBuffer memory();

        void giveBack();
    }

    /** Where memory comes from. */
    public interface Rooms {
        /** @throws IOException with the reason, if there is none */
        Room take(int bytes) throws IOException;
    }

    private final long size;
    private final int usualBytes;
    private final Rooms rooms;
    private final SegmentWriter writer = new SegmentWriter();
    /** Oldest first. Guarded by this. */
    private final ArrayDeque<FlightSegment> row = new ArrayDeque<>();
    /** Bytes of the row. Guarded by this. */
    private long held;
    /** The newest of the row. Capture thread. */
    private FlightSegment current;
    /** Guarded by this. */
    private long overwritten;

    /** @param size most bytes that are kept */
    public FlightMemory(long size, Rooms rooms) {
        this.size = size;
        this.usualBytes = Math.clamp(size / SEGMENTS, SMALLEST_SEGMENT, LARGEST_SEGMENT);
        this.rooms = rooms;
    }

    /**
     * Keeps a packet. Capture thread.
     *
     * @throws IOException if there is no memory
     */
    void add(Packet packet) throws IOException {
        if (current != null && write(packet)) {
            return;
        }
        // one with thousands of operations gets a larger segment
        for (int bytes = usualBytes; bytes <= Math.min(size, MOST_BYTES); bytes *= 4) {
            turn(bytes);
            if (write(packet)) {
                return;
            }
        }
        synchronized (this) {
            overwritten++;
        }
    }

    private boolean write(Packet packet) {
        int end = writer.write(packet);
        if (end < 0) {
            return false;
        }
        current.written(end, packet.monoNanos);
        return true;
    }

    /** Begins a segment, in the memory of the oldest where it can be. */
    private synchronized void turn(int bytes) throws IOException {
        if (current != null && current.end() == 0) {
            forget(row.pollLast(), 0);
        }
        current = null;
        Room room = null;
        while (held + bytes > size) {
            Room free = forget(row.poll(), room == null ? bytes : 0);
            room = free != null ? free : room;
        }
        if (room == null) {
            room = rooms.take(bytes);
        }
        current = new FlightSegment(room);
        row.add(current);
        held += bytes;
        writer.begin(current.memory.duplicate().order(ByteOrder.nativeOrder()));
    }

    /** @return the room of an evicted segment if nobody reads it and it has so many bytes, else {@code null} */
    private Room forget(FlightSegment segment, int wantedBytes) {
        held -= segment.bytes();
        overwritten += segment.packets();
        if (!segment.letGo()) {
            return null;
        }
        if (segment.bytes() == wantedBytes) {
            return segment.room;
        }
        segment.room.giveBack();
        return null;
    }

    /** {@return what is kept now} It must be closed. */
    public synchronized Snapshot snapshot() {
        List<Snapshot.Part> parts = new ArrayList<>();
        for (FlightSegment segment : row) {
            int end = segment.end();
            if (end > 0) {
                segment.hold();
                parts.add(new Snapshot.Part(segment, end));
            }
        }
        return new Snapshot(parts);
    }

    /** {@return most bytes that are kept} */
    public long size() {
        return size;
    }

    /** {@return bytes of memory in use, but for snapshots'} */
    public synchronized long held() {
        return held;
    }

    /** {@return packets that are kept} */
    public synchronized long kept() {
        long kept = 0;
        for (FlightSegment segment : row) {
            kept += segment.packets();
        }
        return kept;
    }

    /** {@return packets that had to go for newer ones} */
    public synchronized long overwritten() {
        return overwritten;
    }

    /** {@return when the oldest packet came that is kept, CLOCK_MONOTONIC; 0 if there is none} */
    public synchronized long keptSinceMonoNanos() {
        for (FlightSegment segment : row) {
            if (segment.end() > 0) {
                return segment.firstMonoNanos();
            }
        }
        return 0;
    }

    /** Lets everything go that no snapshot needs. The capture thread must have ended. Idempotent. */
    @Override
    public synchronized void close() {
        current = null;
        while (!row.isEmpty()) {
            forget(row.poll(), 0);
        }
    }
}
