package dev.netflight.sink.pcapng;

import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.ServicePackets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;
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

/** What the encoding of one packet costs, its comments included; the channel takes everything and does nothing. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PcapngBenchmark {
    /** Bytes kept of each packet. */
    @Param({"96", "1500", "65549"})
    int captured;

    /** Operations that each packet carries; 0 stands for a packet of which only the process is known. */
    @Param({"1", "0", "4"})
    int operations;

    private ServicePackets packets;
    private PcapngSink sink;

    @Setup
    public void open() throws IOException {
        var process = new ProcessInfo(4242, "/usr/lib/jvm/jdk-25/bin/java",
                "java -javaagent:netflight.jar=start,file=shop.pcapng -jar shop.jar", 1000, 17, "/bin/sh", "sh run.sh",
                "8e1f", null, null, null);
        sink = PcapngSink.stream(new Nowhere(), "nowhere",
                new PcapngSettings("Netflight", process, 0, null, List.of(ServicePackets.LO)), CaptureAnchor.now());
        packets = new ServicePackets(captured, operations);
    }

    @Benchmark
    public void encode() throws IOException {
        sink.packet(packets.next());
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
