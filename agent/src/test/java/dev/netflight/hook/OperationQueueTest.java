package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OperationQueueTest {
    private static FakeKernel kernel;
    private static ThreadSlot slot;

    @BeforeAll
    static void makeSlot() {
        kernel = new FakeKernel(1);
        slot = new ThreadSlot(null, 0, kernel.memory, null);
    }

    @AfterAll
    static void freeMemory() {
        kernel.close();
    }

    private static OperationRecord record(long id) {
        return new OperationRecord(id, 4, 1, Thread.currentThread(), null, slot, null);
    }

    @Test
    void what_goes_in_comes_out_in_order_over_many_chunks() {
        OperationQueue queue = new OperationQueue(new OperationQueue.Budget());
        long in = 0;
        long out = 0;
        for (int round = 1; round < 200; round++) {
            for (int i = 0; i < round; i++) {
                assertThat(queue.offer(record(in++))).isTrue();
            }
            while (queue.consumed() < queue.produced()) {
                assertThat(queue.take().operation).isEqualTo(out++);
            }
        }
        assertThat(out).isEqualTo(in);
        assertThat(queue.dropped()).isZero();
    }

    @Test
    void one_producer_and_one_consumer_lose_nothing_that_was_not_counted() throws Exception {
        OperationQueue.Budget budget = new OperationQueue.Budget();
        OperationQueue queue = new OperationQueue(budget);
        int count = 2_000_000;
        Thread producer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < count; i++) {
                queue.offer(record(i));
            }
        });
        long taken = 0;
        long newest = -1;
        while (producer.isAlive() || queue.consumed() < queue.produced()) {
            long to = queue.produced();
            while (queue.consumed() < to) {
                OperationRecord record = queue.take();
                assertThat(record.operation).isGreaterThan(newest);
                newest = record.operation;
                taken++;
            }
        }
        assertThat(taken + queue.dropped()).isEqualTo(count);
        assertThat(taken).isPositive();
        assertThat(budget.used()).isLessThanOrEqualTo(1);
    }

    @Test
    void all_queues_together_are_bounded_too() {
        OperationQueue.Budget budget = new OperationQueue.Budget();
        long accepted = 0;
        OperationQueue[] queues = new OperationQueue[40];
        for (int q = 0; q < queues.length; q++) {
            queues[q] = new OperationQueue(budget);
            for (int i = 0; i < 3000; i++) {
                accepted += queues[q].offer(record(i)) ? 1 : 0;
            }
        }
        assertThat(accepted).isBetween(60_000L, (long) (OperationQueue.Budget.CHUNKS + 40) * OperationQueue.CHUNK);
        long dropped = 0;
        long taken = 0;
        for (OperationQueue queue : queues) {
            dropped += queue.dropped();
            while (queue.consumed() < queue.produced()) {
                queue.take();
                taken++;
            }
            assertThat(queue.offer(record(1))).isTrue();
        }
        assertThat(taken).isEqualTo(accepted);
        assertThat(accepted + dropped).isEqualTo(40 * 3000);
        assertThat(budget.used()).isLessThanOrEqualTo(40);
    }
}
