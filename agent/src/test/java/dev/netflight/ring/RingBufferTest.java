package dev.netflight.ring;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The consumer's rules, over memory of the test's own. */
class RingBufferTest {
    private static final int SIZE = 4096;

    @Test
    void a_record_is_read_in_place_and_stays_until_it_is_released() {
        FakeRing fake = new FakeRing(SIZE, 0);
        RingBuffer ring = fake.ring;
        assertEquals(-1, ring.read());
        long first = fake.put(100, 11);
        long second = fake.put(200, 22);
        assertEquals(first, ring.read());
        assertEquals(100, ring.length());
        assertEquals(11, ring.buffer().getLong(ring.offset()));
        assertEquals(second, ring.read());
        assertEquals(22, ring.data().get(ValueLayout.JAVA_LONG, ring.offset()));
        assertEquals(-1, ring.read());
        assertAll(
                () -> assertEquals(112 + 208, ring.heldBytes()),
                () -> assertEquals(0, fake.consumer.get(ValueLayout.JAVA_LONG, 0)),
                () -> assertEquals(11, ring.buffer().getLong(ring.offset(first))),
                () -> assertEquals(100, ring.length(first)));
        ring.release(second);
        assertEquals(112, fake.consumer.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(208, ring.heldBytes());
        ring.release(ring.cursor());
        assertEquals(0, ring.heldBytes());
        assertEquals(0, ring.backlogBytes());
    }

    @Test
    void a_record_still_being_written_stops_the_cursor_though_later_ones_are_complete() {
        FakeRing fake = new FakeRing(SIZE, 0);
        long busy = fake.reserve(64);
        long complete = fake.put(64, 2);
        assertEquals(-1, fake.ring.read());
        assertEquals(0, fake.ring.heldBytes());
        fake.submit(busy);
        assertEquals(busy, fake.ring.read());
        assertEquals(complete, fake.ring.read());
    }

    @Test
    void discarded_records_are_passed_over_and_their_room_comes_back() {
        FakeRing fake = new FakeRing(SIZE, 0);
        for (int i = 0; i < 1000; i++) {
            long discarded = fake.reserve(500);
            assertTrue(discarded >= 0, "round " + i);
            fake.discard(discarded);
            long kept = fake.put(24, i);
            fake.discard(fake.reserve(8));
            assertEquals(kept, fake.ring.read());
            assertEquals(i, fake.ring.buffer().getLong(fake.ring.offset()));
            assertEquals(-1, fake.ring.read());
            fake.ring.release(fake.ring.cursor());
        }
    }

    @Test
    void a_full_ring_refuses_until_something_is_released_whatever_was_read() {
        FakeRing fake = new FakeRing(SIZE, 0);
        int count = 0;
        while (fake.put(120, count) >= 0) {
            count++;
        }
        assertEquals(SIZE / 128 - 1, count, "the kernel leaves one byte free, so the last record does not fit");
        long first = fake.ring.read();
        long second = fake.ring.read();
        assertEquals(-1, fake.put(120, count));
        fake.ring.release(second);
        assertEquals(0, first);
        assertTrue(fake.put(120, count) >= 0);
        assertEquals(-1, fake.put(120, count));
    }

    @Test
    void records_of_any_length_come_whole_and_in_order_across_the_end_and_beyond_32_bits_of_position() {
        FakeRing fake = new FakeRing(SIZE, (1L << 33) - 64);
        Random random = new Random(1);
        ArrayDeque<long[]> held = new ArrayDeque<>(); // position, value, length
        long written = 0;
        long read = 0;
        for (int round = 0; round < 50_000; round++) {
            int length = 8 + random.nextInt(600);
            long position = fake.reserve(length);
            if (position >= 0) {
                for (int i = 0; i < length; i++) { // across the end of the first mapping
                    fake.data.set(ValueLayout.JAVA_BYTE, fake.place(position) + i, (byte) (written + i));
                }
                fake.submit(position);
                written++;
            }
            if (random.nextInt(3) > 0 && fake.ring.read() >= 0) {
                int offset = fake.ring.offset();
                for (int i = 0; i < fake.ring.length(); i++) {
                    if (fake.ring.buffer().get(offset + i) != (byte) (read + i)) {
                        throw new AssertionError("record " + read + ", byte " + i);
                    }
                }
                held.add(new long[] {fake.ring.cursor() - RingLayout.stride(fake.ring.length()), read, fake.ring.length()});
                read++;
            }
            while (held.size() > 3 || position < 0 && !held.isEmpty()) {
                long[] oldest = held.remove();
                assertEquals((byte) oldest[1], fake.ring.buffer().get(fake.ring.offset(oldest[0])));
                assertEquals(oldest[2], fake.ring.length(oldest[0]));
                fake.ring.release(held.isEmpty() ? fake.ring.cursor() : held.peek()[0]);
            }
        }
        assertTrue(read > 20_000, read + " read");
    }

    @Test
    void a_position_outside_the_held_part_cannot_be_released() {
        FakeRing fake = new FakeRing(SIZE, 0);
        fake.put(100, 1);
        assertThrows(IllegalArgumentException.class, () -> fake.ring.release(112));
        fake.ring.read();
        fake.ring.release(112);
        fake.ring.release(112);
        assertThrows(IllegalArgumentException.class, () -> fake.ring.release(0));
    }

    @Test
    void a_wakeup_before_the_pause_makes_it_none() {
        FakeRing fake = new FakeRing(SIZE, 0);
        fake.ring.pollNanos = 60_000_000_000L;
        fake.ring.wakeup();
        long begin = System.nanoTime();
        fake.ring.pause(Long.MAX_VALUE);
        Thread consumer = Thread.currentThread();
        Thread other = Thread.ofPlatform().start(() -> {
            while (consumer.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            fake.ring.wakeup();
        });
        fake.ring.pause(Long.MAX_VALUE);
        assertTrue(System.nanoTime() - begin < 30_000_000_000L);
        assertEquals(Thread.State.TERMINATED, joined(other).getState());
    }

    private static Thread joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        return thread;
    }

    @Test
    void after_close_the_views_throw_instead_of_reading_unmapped_memory() {
        FakeRing fake = new FakeRing(SIZE, 0);
        fake.put(100, 1);
        fake.ring.read();
        var buffer = fake.ring.buffer();
        fake.ring.close();
        fake.ring.close();
        fake.ring.wakeup();
        assertThrows(IllegalStateException.class, () -> buffer.getLong(8));
        assertThrows(IllegalStateException.class, fake.ring::read);
    }
}
