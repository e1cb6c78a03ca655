package dev.netflight.ring;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a record costs the consumer: nanoseconds a record, for a batch that lies complete in the ring (in plain memory of
 * the kernel's layout, so that nothing needs a privilege). The filling is outside the measurement; it leaves the records
 * in the cache, as a sending CPU nearby does.
 *
 * <p>{@code read} finds each record and reads its first four longs, where a decoder finds times, addresses and sequence
 * numbers; {@code copy} copies all of it besides, as a sink of whole packets does; {@code held} reads the batch, then goes
 * through it once more by position before it is given back, as records do that wait for their operation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class RingBenchmark {
    private static final int BATCH = 512;
    private static final int PUBLISH_EVERY = 64;

    @Param({"128", "1500"})
    public int length;

    private FakeRing fake;
    private RingBuffer ring;
    private ByteBuffer target;
    private final long[] positions = new long[BATCH];

    @Setup(Level.Trial)
    public void open() {
        fake = new FakeRing(1 << 21, 0);
        ring = fake.ring;
        target = ByteBuffer.allocateDirect(2048);
    }

    /** The batch wraps through the ring: 512 records of 1,512 bytes are a third of it. */
    @Setup(Level.Invocation)
    public void fill() {
        for (int i = 0; i < BATCH; i++) {
            if (fake.put(length, i) < 0) {
                throw new IllegalStateException("ring full");
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long read() {
        long sum = 0;
        int unpublished = 0;
        long position;
        while ((position = ring.read()) >= 0) {
            sum += header(ring.buffer(), ring.offset()) + ring.length();
            if (++unpublished == PUBLISH_EVERY) {
                ring.release(position);
                unpublished = 0;
            }
        }
        ring.release(ring.cursor());
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long copy() {
        long sum = 0;
        int unpublished = 0;
        long position;
        ByteBuffer buffer = ring.buffer();
        while ((position = ring.read()) >= 0) {
            int offset = ring.offset();
            sum += header(buffer, offset);
            target.put(0, buffer, offset, ring.length());
            if (++unpublished == PUBLISH_EVERY) {
                ring.release(position);
                unpublished = 0;
            }
        }
        ring.release(ring.cursor());
        return sum + target.getLong(0);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long held() {
        int count = 0;
        long position;
        while ((position = ring.read()) >= 0) {
            positions[count++] = position;
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += header(ring.buffer(), ring.offset(positions[i])) + ring.length(positions[i]);
            if (i % PUBLISH_EVERY == PUBLISH_EVERY - 1) {
                ring.release(positions[i]);
            }
        }
        ring.release(ring.cursor());
        return sum;
    }

    /** The same with the memory segment in place of the buffer. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long readSegment() {
        long sum = 0;
        while (ring.read() >= 0) {
            int offset = ring.offset();
            sum += ring.data().get(ValueLayout.JAVA_LONG, offset) + ring.data().get(ValueLayout.JAVA_LONG, offset + 8)
                    + ring.data().get(ValueLayout.JAVA_LONG, offset + 16) + ring.data().get(ValueLayout.JAVA_LONG, offset + 24);
        }
        ring.release(ring.cursor());
        return sum;
    }

    private static long header(ByteBuffer buffer, int offset) {
        return buffer.getLong(offset) + buffer.getLong(offset + 8) + buffer.getLong(offset + 16) + buffer.getLong(offset + 24);
    }
}
