package dev.netflight.sink.flight;

import dev.netflight.model.Attribution;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** What it costs to keep one packet in flight mode, in memory that is full. Sixteen threads and sixty-four stacks take turns. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FlightBenchmark {
    private static final int OPERATIONS = 64;
    private static final int FRAMES = 20;
    private static final long SIZE = 64L << 20;

    /** Bytes kept of each packet. */
    @Param({"96", "1500"})
    int captured;

    /** Operations that each packet carries. */
    @Param({"1", "0", "4"})
    int operations;

    private final FlightMemory memory = new FlightMemory(SIZE, FlightBenchmark::room);
    private final Packet packet = new Packet();
    private final Operation[] known = new Operation[OPERATIONS];
    private int next;

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
        for (int i = 0; i < OPERATIONS; i++) {
            int site = i;
            var thread = new JavaThread("http-worker-" + i % 16, 40 + i % 16, false, null, 4260 + i % 16, "http-worker-");
            var frames = IntStream.range(0, FRAMES)
                    .mapToObj(f -> "com.acme.shop.Layer" + f + ".handle(Layer" + f + ".java:" + (site + f) + ")").toList();
            known[i] = new Operation(1_000_000 + i, OperationKind.WRITE, thread, new JavaStack(frames, 0, false), 9, 1_380,
                    List.of());
        }
        packet.networkInterface = new NetworkInterface(0, 1, "lo", "loopback");
        packet.direction = Direction.OUTBOUND;
        packet.capturedLength = captured;
        packet.originalLength = captured;
        packet.attribution = operations == 0 ? Attribution.NONE : Attribution.EXACT;
        packet.data(ByteBuffer.allocateDirect(captured), 0);
        packet.monoNanos = System.nanoTime();
    }

    @Benchmark
    public void keep() throws IOException {
        packet.number++;
        packet.monoNanos += 1_000;
        packet.clearOperations();
        for (int i = 0; i < operations; i++) {
            packet.addOperation(known[next++ % OPERATIONS], 1_380);
        }
        memory.add(packet);
    }
}
