package dev.netflight.sink.flight;

import dev.netflight.model.Counters;
import dev.netflight.model.Packet;
import dev.netflight.sink.Sink;
import java.io.IOException;

/** Keeps the newest packets in memory. What it kept stays there after its {@link #close}, for who owns the memory. */
public final class FlightSink implements Sink {
    private final FlightMemory memory;
    private final PacketTriggers triggers;

    /** @param triggers see each packet when it is kept */
    public FlightSink(FlightMemory memory, PacketTriggers triggers) {
        this.memory = memory;
        this.triggers = triggers;
    }

    @Override
    public String name() {
        return "flight";
    }

    @Override
    public void packet(Packet packet) throws IOException {
        memory.add(packet);
        triggers.packet(packet);
    }

    @Override
    public void close(Counters counters) {}
}
