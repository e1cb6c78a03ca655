package dev.netflight.ring;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.netflight.libbpf.BpfObject;
import dev.netflight.libbpf.BpfObjectFile;
import dev.netflight.libbpf.BpfTesting;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.ProgramRun;
import dev.netflight.libbpf.Variable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A kernel's ring buffer, filled by a kernel program ({@code src/test/bpf/ring_test.bpf.c}). */
@Timeout(300)
class RingBufferKernelTest {
    // struct generate
    private static final int SEQUENCE = 0;
    private static final int WRITTEN = 8;
    private static final int LOST = 16;
    private static final int COUNT = 24;
    private static final int RECORD_SIZE = 28;
    private static final int DISCARD_EVERY = 32;
    private static final int GENERATE_BYTES = 40;

    private final Arena arena = Arena.ofShared();
    private BpfObject object;
    private RingBuffer ring;
    private ProgramRun generate;
    private MemorySegment generator;

    @BeforeEach
    void load() {
        Libbpf libbpf = BpfTesting.requireBpf();
        object = BpfObjectFile.open(libbpf, "nf_ring", BpfTesting.ringTestObject()).maxEntries("ring", 1 << 18).load();
        Variable sleeping = object.variable(".bss", "consumer_sleeping");
        ring = RingBuffer.open(object.map("ring"), object.map(".bss").map(arena, true), sleeping.offset());
        generate = new ProgramRun(object.program("generate"), GENERATE_BYTES, 1);
        generator = generate.context(0);
    }

    @AfterEach
    void close() {
        if (object != null) {
            ring.close();
            object.close();
            arena.close();
        }
    }

    private void generate(int count, int size) {
        generator.set(ValueLayout.JAVA_INT, COUNT, count);
        generator.set(ValueLayout.JAVA_INT, RECORD_SIZE, size);
        generate.checked(generate.run(0));
    }

    private long written() {
        return generator.get(ValueLayout.JAVA_LONG, WRITTEN);
    }

    private long lost() {
        return generator.get(ValueLayout.JAVA_LONG, LOST);
    }

    /** Checks the record last read. @return its sequence number */
    private long checkRecord() {
        ByteBuffer buffer = ring.buffer();
        int offset = ring.offset();
        int length = ring.length();
        long sequence = buffer.getLong(offset);
        assertEquals(length, buffer.getInt(offset + 16), "size of record " + sequence);
        if (length > 32) {
            assertEquals(~sequence, buffer.getLong(offset + length / 8 * 8 - 8), "last word of record " + sequence);
        }
        return sequence;
    }

    private static void spinUntil(BooleanSupplier reached) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not reached within a minute");
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void records_arrive_whole_and_in_order_while_some_are_held_and_the_ring_wraps() {
        Random random = new Random(2);
        int[] sizes = {24, 128, 1500, 1536};
        ArrayDeque<long[]> held = new ArrayDeque<>();
        long expected = 0;
        for (int round = 0; round < 3000; round++) {
            generate(1 + random.nextInt(40), sizes[random.nextInt(sizes.length)]);
            long position;
            while ((position = ring.read()) >= 0) {
                assertEquals(expected++, checkRecord());
                held.add(new long[] {position, expected - 1});
            }
            int keep = ring.heldBytes() > ring.size() / 2 ? 0 : random.nextInt(40);
            while (held.size() > keep) {
                long[] oldest = held.remove();
                assertEquals(oldest[1], ring.buffer().getLong(ring.offset(oldest[0])), "a held record is as it was");
                ring.release(held.isEmpty() ? ring.cursor() : held.peek()[0]);
            }
            assertEquals(held.isEmpty() ? 0 : ring.cursor() - held.peek()[0], ring.heldBytes());
        }
        assertEquals(0, lost());
        assertEquals(expected, written());
        assertTrue(ring.cursor() > 10 * ring.size(), "the ring wrapped");
    }

    @Test
    void a_ring_full_of_held_records_loses_the_next_ones_and_each_is_counted() {
        generate(1 << 12, 128);
        long fits = written();
        assertEquals((1 << 12) - fits, lost());
        assertEquals(ring.size() / 136, fits);
        for (long i = 0; i < fits; i++) {
            assertEquals(i * 136, ring.read());
            assertEquals(i, checkRecord());
        }
        assertEquals(-1, ring.read());
        generate(10, 128);
        assertEquals(fits, written(), "read but held: there is no room");
        ring.release(3 * 136);
        generate(10, 128);
        assertEquals(fits + 3, written());
        assertEquals((1 << 12) + 20, written() + lost());
        int more = 0;
        while (ring.read() >= 0) {
            assertEquals((1 << 12) + 10 + more++, checkRecord());
        }
        assertEquals(3, more);
    }

    @Test
    void discarded_records_are_not_delivered_and_do_not_fill_the_ring() {
        generator.set(ValueLayout.JAVA_INT, DISCARD_EVERY, 3);
        long delivered = 0;
        for (int round = 0; round < 500; round++) {
            generate(60, 1500);
            while (ring.read() >= 0) {
                assertTrue(checkRecord() % 3 != 0);
                delivered++;
            }
            ring.release(ring.cursor());
        }
        assertEquals(500 * 40, delivered);
        assertEquals(written(), delivered);
        assertEquals(0, lost());
    }

    @Test
    void a_consumer_beside_the_generator_gets_every_record_that_was_written() throws InterruptedException {
        AtomicBoolean end = new AtomicBoolean();
        AtomicLong delivered = new AtomicLong();
        AtomicLong gaps = new AtomicLong();
        Thread consumer = Thread.ofPlatform().daemon().start(() -> {
            long next = 0;
            do {
                long position;
                int sinceRelease = 0;
                while ((position = ring.read()) >= 0) {
                    long sequence = checkRecord();
                    gaps.addAndGet(sequence - next);
                    next = sequence + 1;
                    delivered.incrementAndGet();
                    if (++sinceRelease == 64) {
                        ring.release(position); // holds one
                        sinceRelease = 0;
                    }
                }
                ring.release(ring.cursor());
                ring.pause(RingBuffer.SLEEP_NANOS);
            } while (!end.get() || ring.backlogBytes() > 0);
        });
        for (int round = 0; round < 2000; round++) {
            generate(200, round % 2 == 0 ? 128 : 1500);
        }
        end.set(true);
        ring.wakeup();
        consumer.join();
        long lastGap = 2000 * 200 - delivered.get() - gaps.get();
        assertAll(
                () -> assertEquals(written(), delivered.get()),
                () -> assertEquals(lost(), gaps.get() + lastGap),
                () -> assertEquals(2000 * 200, written() + lost()));
    }

    @Test
    void each_of_20000_lone_records_wakes_a_sleeping_consumer() throws InterruptedException {
        int records = 20_000;
        ring.pollNanos = 1000; // goes to sleep after microseconds, so that there are 20,000 sleeps in little time
        AtomicLong seen = new AtomicLong();
        AtomicLong slowest = new AtomicLong();
        Thread consumer = Thread.ofPlatform().daemon().start(() -> {
            while (seen.get() < records) {
                while (ring.read() >= 0) {
                    long latency = System.nanoTime() - ring.buffer().getLong(ring.offset() + 8);
                    assertEquals(seen.get(), checkRecord());
                    slowest.accumulateAndGet(latency, Math::max);
                    seen.incrementAndGet();
                }
                ring.release(ring.cursor());
                ring.pause(Long.MAX_VALUE);
            }
        });
        Random random = new Random(3);
        int asleep = 0;
        for (int i = 0; i < records && consumer.isAlive(); i++) {
            long sent = i;
            spinUntil(() -> seen.get() >= sent || !consumer.isAlive());
            if (i % 4 != 0) { // most meet it asleep, the rest any moment of its falling asleep
                spinUntil(() -> ring.isSleeping() || !consumer.isAlive());
                asleep++;
            } else {
                long until = System.nanoTime() + random.nextInt(400_000);
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
            }
            generate(1, 128);
        }
        consumer.join();
        assertEquals(records, seen.get());
        assertEquals(0, lost());
        System.out.printf("%,d lone records, %,d to a sleeping consumer, slowest %,d us%n", records, asleep, slowest.get() / 1000);
        assertEquals(0, ring.missedWakeups(), "no record waited for the end of a sleep");
    }

    @Test
    void a_wakeup_ends_a_sleep_and_held_records_keep_the_consumer_from_sleeping() throws InterruptedException {
        generate(1, 128);
        assertTrue(ring.read() >= 0);
        long begin = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            ring.pause(Long.MAX_VALUE);
        }
        long polled = System.nanoTime() - begin;
        assertTrue(polled >= 20 * RingBuffer.POLL_NANOS && polled < RingBuffer.SLEEP_NANOS * 10, polled + " ns for 20 polls");
        ring.release(ring.cursor());
        for (int i = 0; i < 5; i++) {
            AtomicBoolean woken = new AtomicBoolean();
            Thread waker = Thread.ofPlatform().daemon().start(() -> {
                spinUntil(ring::isSleeping);
                woken.set(true);
                ring.wakeup();
            });
            begin = System.nanoTime();
            while (!woken.get()) {
                ring.pause(Long.MAX_VALUE);
            }
            waker.join();
            assertTrue(System.nanoTime() - begin < RingBuffer.SLEEP_NANOS, "woken before the sleep's end");
        }
    }
}
