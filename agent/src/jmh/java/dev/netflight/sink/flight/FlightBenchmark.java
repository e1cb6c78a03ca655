package dev.netflight.sink.flight;

import dev.netflight.sink.ServicePackets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to keep one packet in flight mode, in memory that is full. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FlightBenchmark {
    private static final long SIZE = 64L << 20;

    /** Bytes kept of each packet. */
    @Param({"96", "1500"})
    int captured;

    /** Operations that each packet carries. */
    @Param({"1", "0", "4"})
    int operations;

    private final FlightMemory memory = new FlightMemory(SIZE, FlightBenchmark::room);
    private ServicePackets packets;

    private static FlightMemory.Room room(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        return new FlightMemory.Room() {
            @Override
            public ByteBuffer memory() {
                return buffer;
            }

            @Override
            public void giveBack() {}
        };
    }

    @Setup
    public void fill() {
        packets = new ServicePackets(captured, operations);
    }

    @Benchmark
    public void keep() throws IOException {
        memory.add(packets.next());
    }
}
