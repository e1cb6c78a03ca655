package dev.netflight.sink.pcapng;

import dev.netflight.model.Attribution;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
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

/**
 * What the encoding of one packet costs, its comments included; the channel takes everything and does nothing. Sixteen
 * threads and sixty-four stacks take turns, as a service at work has them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PcapngBenchmark {
    private static final int OPERATIONS = 64;
    private static final int FRAMES = 20;

    /** Bytes kept of each packet. */
    @Param({"96", "1500", "65549"})
    int captured;

    /** Operations that each packet carries; 0 stands for a packet of which only the process is known. */
    @Param({"1", "0", "4"})
    int operations;

    private final Packet packet = new Packet();
    private final Operation[] known = new Operation[OPERATIONS];
    private PcapngSink sink;
    private int next;

    @Setup
    public void open() throws IOException {
        var process = new ProcessInfo(4242, "/usr/lib/jvm/jdk-25/bin/java",
                "java -javaagent:netflight.jar=start,file=shop.pcapng -jar shop.jar", 1000, 17, "/bin/sh", "sh run.sh",
                "8e1f", null, null, null);
        var lo = new NetworkInterface(0, 1, "lo", "loopback");
        sink = PcapngSink.stream(new Nowhere(), "nowhere",
                new PcapngSettings("Netflight", process, 0, null, List.of(lo)), CaptureAnchor.now());
        for (int i = 0; i < OPERATIONS; i++) {
            int site = i;
            var thread = new JavaThread("http-worker-" + i % 16, 40 + i % 16, false, null, 4260 + i % 16, "http-worker-");
            var frames = IntStream.range(0, FRAMES)
                    .mapToObj(f -> "com.acme.shop.Layer" + f + ".handle(Layer" + f + ".java:" + (site + f) + ")").toList();
            known[i] = new Operation(1_000_000 + i, OperationKind.WRITE, thread, new JavaStack(frames, 0, false), 9, 1_380,
                    List.of());
        }
        packet.networkInterface = lo;
        packet.direction = Direction.OUTBOUND;
        packet.capturedLength = captured;
        packet.originalLength = captured;
        packet.data(ByteBuffer.allocateDirect(captured), 0);
        packet.monoNanos = System.nanoTime();
    }

    @Benchmark
    public void encode() throws IOException {
        packet.number++;
        packet.monoNanos += 1_000;
        packet.clearOperations();
        packet.attribution = operations == 0 ? Attribution.NONE : Attribution.EXACT;
        for (int i = 0; i < operations; i++) {
            packet.addOperation(known[next++ % OPERATIONS], 1_380);
        }
        sink.packet(packet);
    }

    private static final class Nowhere implements WritableByteChannel {
        @Override
        public int write(ByteBuffer source) {
            int length = source.remaining();
            source.position(source.limit());
            return length;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
