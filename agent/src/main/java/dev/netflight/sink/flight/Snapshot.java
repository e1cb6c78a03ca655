package dev.netflight.sink.flight;

import dev.netflight.model.Packet;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/** What a {@link FlightMemory} kept at one moment. Holds that memory until it has been read or closed. One thread at a time. */
public final class Snapshot implements AutoCloseable {
    /** Takes packets in the order in which they came. {@code packet} is valid only during the call. */
    public interface Taker {
        void packet(Packet packet) throws IOException;
    }

    record Part(FlightSegment segment, int end) {}

    private final ArrayDeque<Part> parts;

    Snapshot(List<Part> parts) {
        this.parts = new ArrayDeque<>(parts);
    }

    /** {@return when the first packet came that has not been read, CLOCK_MONOTONIC, or {@code otherwise} if there is none} */
    public long firstMonoNanos(long otherwise) {
        return parts.isEmpty() ? otherwise : parts.peek().segment.firstMonoNanos();
    }

    /**
     * Gives out everything, once.
     *
     * @param afterPart run every some thousand packets
     */
    public void replay(Taker taker, Runnable afterPart) throws IOException {
        var reader = new SegmentReader();
        while (!parts.isEmpty()) {
            Part part = parts.peek();
            reader.read(part.segment.memory, part.end, taker);
            letGo();
            afterPart.run();
        }
    }

    /** Lets go of what was not read. Idempotent. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            letGo();
        }
    }

    private void letGo() {
        FlightSegment segment = parts.poll().segment;
        if (segment.letGo()) {
            segment.room.giveBack();
        }
    }
}
