package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SocketHookTest {
    private static final int WRITE = OperationKind.WRITE.code;
    private static final int READ = OperationKind.READ.code;

    private final FakeKernel kernel = new FakeKernel(256); // more than carriers anywhere
    private final List<Operation> operations = new ArrayList<>();
    private final List<OperationRecord> records = new ArrayList<>();
    private final OperationSink sink = (operation, ranges) -> {
        operations.add(operation);
        records.add(ranges);
    };

    @AfterEach
    void freeMemory() {
        kernel.close();
    }

    private static Operations operations(SocketHook hook) {
        return new Operations(hook, new StackCache(64));
    }

    @Test
    void a_captured_write_arrives_with_its_range_thread_and_stack() {
        SocketHook hook = kernel.hook(StackPolicy.all());
        long id = kernel.write(hook, 99, 1000, 1016);
        assertThat(operations(hook).poll(sink)).isEqualTo(1);

        Operation operation = operations.getFirst();
        assertThat(operation.id()).isEqualTo(id).isNotZero();
        assertThat(operation.kind()).isEqualTo(OperationKind.WRITE);
        assertThat(operation.connectionId()).isEqualTo(99);
        assertThat(operation.bytes()).isEqualTo(16);
        assertThat(operation.origins()).isEmpty();
        JavaThread thread = operation.thread();
        assertThat(thread.name()).isEqualTo(Thread.currentThread().getName());
        assertThat(thread.id()).isEqualTo(Thread.currentThread().threadId());
        assertThat(thread.virtual()).isFalse();
        assertThat(thread.carrier()).isNull();
        assertThat(thread.nativeName()).isEqualTo(thread.name());
        assertThat(thread.tid()).isEqualTo(1001);
        assertThat(operation.stack().frames().getFirst()).contains("FakeKernel.write(FakeKernel.java:");
        assertThat(operation.stack().frames().get(1)).contains("a_captured_write_arrives_with_its_range");

        OperationRecord record = records.getFirst();
        assertThat(record.sent()).isTrue();
        assertThat(record.received()).isFalse();
        assertThat(record.tx0).isEqualTo(1000);
        assertThat(record.tx1).isEqualTo(1016);
        assertThat(record.remoteIsIpv4()).isTrue();
        assertThat(record.remoteAddressLow).isEqualTo(0xffff_7f00_0001L);
        assertThat(record.remotePort).isEqualTo(443);
        assertThat(record.localPort).isEqualTo(50_000);
        assertThat(record.smoothedRttMicros).isEqualTo(77);
        assertThat(record.congestionWindow).isEqualTo(10);
        assertThat(record.slot.index()).isZero();
    }

    @Test
    void what_the_kernel_did_not_capture_leaves_nothing_behind() {
        SocketHook hook = kernel.hook(StackPolicy.all());
        kernel.write(hook, 99, 0, 1);
        for (int i = 0; i < 10; i++) {
            long operation = hook.begin(READ, FileDescriptor.in);
            hook.end(operation, READ, FileDescriptor.in, 100);
        }
        assertThat(operations(hook).poll(sink)).isEqualTo(1);
        assertThat(hook.operationsSeen()).isEqualTo(11);
        assertThat(kernel.operation(0)).isZero();
    }

    @Test
    void a_send_that_found_no_room_is_not_an_operation() {
        SocketHook hook = kernel.hook(StackPolicy.all());
        long operation = hook.begin(WRITE, FileDescriptor.out);
        kernel.begun(5, 1000);
        hook.end(operation, WRITE, FileDescriptor.out, -2);
        assertThat(operations(hook).poll(sink)).isZero();
    }

    @Test
    void the_slot_shows_the_call_in_progress_with_its_descriptor() {
        SocketHook hook = kernel.hook(StackPolicy.all());
        long operation = hook.begin(READ, FileDescriptor.err);
        assertThat(kernel.operation(0)).isEqualTo(operation);
        assertThat(kernel.fdAndKind(0)).isEqualTo((long) READ << 32 | 2);
        hook.end(operation, READ, FileDescriptor.err, 0);
        assertThat(kernel.operation(0)).isZero();
        operation = hook.begin(READ, null);
        assertThat((int) kernel.fdAndKind(0)).isEqualTo(-1);
        hook.end(operation, READ, null, 0);
    }

    @Test
    void an_accepted_connection_is_adopted_while_the_slot_shows_the_accept() {
        SocketHook hook = kernel.hook(StackPolicy.all());
        int accept = OperationKind.ACCEPT.code;
        kernel.acceptedCookie = 31;
        hook.end(hook.begin(accept, FileDescriptor.in), accept, FileDescriptor.out, 1);
        hook.end(hook.begin(accept, FileDescriptor.in), accept, FileDescriptor.out, -2);
        assertThat(operations(hook).poll(sink)).isEqualTo(1);
        assertThat(operations.getFirst().connectionId()).isEqualTo(31);
        assertThat(operations.getFirst().bytes()).isZero();
        assertThat(records.getFirst().flags).isEqualTo(SlotLayout.ADOPTED);
    }

    @Test
    void where_the_kernel_cannot_see_the_end_of_a_call_it_is_asked_after_it() {
        SocketHook hook = kernel.hook(StackPolicy.off(), null, true);
        hook.end(hook.begin(WRITE, FileDescriptor.out), WRITE, FileDescriptor.out, 100);
        hook.end(hook.begin(READ, FileDescriptor.out), READ, FileDescriptor.out, -1); // may be the end of the stream
        hook.end(hook.begin(READ, FileDescriptor.out), READ, FileDescriptor.out, -2); // nothing there
        hook.end(hook.begin(WRITE, FileDescriptor.out), WRITE, FileDescriptor.out, -1);
        int close = OperationKind.CLOSE.code;
        hook.end(hook.begin(close, FileDescriptor.out), close, FileDescriptor.out, 0);
        assertThat(kernel.queries).isEqualTo(2);
        assertThat(operations(hook).poll(sink)).isEqualTo(2);
        assertThat(operations).extracting(Operation::bytes).containsExactly(100L, 0L);
        assertThat(operations).extracting(Operation::stack).containsOnlyNulls();
    }

    @Test
    void a_call_begun_under_an_earlier_capture_ends_without_effect() {
        SocketHook first = kernel.hook(StackPolicy.all());
        long old = first.begin(WRITE, FileDescriptor.out);
        try (FakeKernel secondKernel = new FakeKernel(8)) {
            SocketHook second = secondKernel.hook(StackPolicy.all());
            second.end(old, WRITE, FileDescriptor.out, 10);
            long operation = second.begin(WRITE, FileDescriptor.out);
            second.end(operation + (1L << 40), WRITE, FileDescriptor.out, 10); // of another slot
            assertThat(secondKernel.operation(0)).isEqualTo(operation);
            second.end(operation, WRITE, FileDescriptor.out, 10);
            assertThat(operations(second).poll(sink)).isZero();
        }
    }

    @Test
    void a_capture_that_has_ended_follows_no_new_thread() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.all());
        kernel.write(hook, 1, 0, 1);
        Operations operations = operations(hook);
        operations.poll(sink);
        operations.close();
        operations.close();
        Thread thread = Thread.ofPlatform().start(() -> assertThat(kernel.write(hook, 1, 0, 1)).isZero());
        thread.join();
        assertThat(hook.operationsSeen()).isEqualTo(1);
        assertThat(hook.failure()).isNull();
    }

    @Test
    void a_thread_that_the_kernel_refuses_is_counted_and_left_alone() {
        kernel.refusal = -12;
        SocketHook hook = kernel.hook(StackPolicy.all());
        for (int i = 0; i < 5; i++) {
            assertThat(kernel.write(hook, 1, 0, 1)).isZero();
        }
        assertThat(hook.threadsWithoutSlot()).isEqualTo(1);
        kernel.refusal = 0;
        Operations operations = operations(hook);
        Thread.ofPlatform().start(() -> kernel.write(hook, 1, 0, 1));
        while (operations.sweep(sink) == 0) {
            Thread.onSpinWait();
        }
        // a slot was given back, so the thread asks again
        assertThat(kernel.write(hook, 1, 0, 1)).isNotZero();
    }

    @Test
    void an_exception_of_the_kernel_side_stays_inside() {
        KernelThreads failing = new KernelThreads() {
            @Override
            public int register(int slotIndex) {
                throw new IllegalStateException("register");
            }

            @Override
            public boolean adopt(int fd, int slotIndex) {
                return false;
            }

            @Override
            public boolean query(int fd, int kind, long bytes, int slotIndex) {
                return false;
            }
        };
        SocketHook hook = new SocketHook(kernel.memory, kernel.slotCount, failing, StackPolicy.all(), null, false);
        assertThat(hook.begin(WRITE, FileDescriptor.out)).isZero();
        assertThat(hook.failure()).hasMessage("register");
    }

    @Test
    void a_listener_sees_captured_operations_between_begin_and_end_of_the_same_thread() {
        List<String> seen = new ArrayList<>();
        OperationListener listener = new OperationListener() {
            @Override
            public Object operationStarted(int kind) {
                seen.add("started " + kind);
                return kind == WRITE ? "event" : null;
            }

            @Override
            public void operationEnded(Object event, OperationRecord operation) {
                seen.add(event + " " + operation.cookie + " " + operation.bytes());
            }
        };
        SocketHook hook = kernel.hook(StackPolicy.all(), listener, false);
        kernel.write(hook, 7, 0, 3);
        long uncaptured = hook.begin(WRITE, FileDescriptor.out);
        hook.end(uncaptured, WRITE, FileDescriptor.out, 3);
        long unwanted = hook.begin(READ, FileDescriptor.in);
        kernel.received(7, 0, 1);
        hook.end(unwanted, READ, FileDescriptor.in, 1);
        assertThat(seen).containsExactly("started 4", "event 7 3", "started 4", "started 3");
    }

    @Test
    void a_listener_that_throws_is_switched_off_alone() {
        OperationListener listener = new OperationListener() {
            @Override
            public Object operationStarted(int kind) {
                return this;
            }

            @Override
            public void operationEnded(Object event, OperationRecord operation) {
                throw new IllegalStateException("sink");
            }
        };
        SocketHook hook = kernel.hook(StackPolicy.all(), listener, false);
        kernel.write(hook, 7, 0, 3);
        kernel.write(hook, 7, 3, 6);
        assertThat(hook.listenerFailure()).hasMessage("sink");
        assertThat(hook.failure()).isNull();
        assertThat(operations(hook).poll(sink)).isEqualTo(2);
    }

    @Test
    void a_virtual_thread_is_itself_and_its_carrier_lends_the_tid() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.all());
        Thread thread = Thread.ofVirtual().name("checkout-7").start(() -> kernel.write(hook, 3, 0, 10));
        thread.join();
        operations(hook).poll(sink);
        JavaThread seen = operations.getFirst().thread();
        assertThat(seen.name()).isEqualTo("checkout-7");
        assertThat(seen.id()).isEqualTo(thread.threadId());
        assertThat(seen.virtual()).isTrue();
        assertThat(seen.carrier()).startsWith("ForkJoinPool").isEqualTo(seen.nativeName());
        assertThat(seen.tid()).isEqualTo(records.getFirst().slot.tid());
        assertThat(operations.getFirst().stack().frames()).noneMatch(frame -> frame.contains("ForkJoin"));
    }

    @Test
    void two_hundred_thousand_operations_of_virtual_threads_are_never_mixed_up() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.perSecond(10));
        Operations operations = operations(hook);
        int threads = 400;
        int each = 500;
        CountDownLatch running = new CountDownLatch(threads);
        AtomicInteger drained = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        for (int t = 0; t < threads; t++) {
            int number = t;
            Thread.ofVirtual().name("v" + number).start(() -> {
                for (int i = 0; i < each; i++) {
                    while (written.get() - drained.get() > 4000) {
                        Thread.yield(); // nothing shall be dropped here
                    }
                    written.incrementAndGet();
                    kernel.write(hook, number, i, i + 1);
                    if (i % 3 == 0) {
                        Thread.yield(); // goes on on another carrier, perhaps
                    }
                }
                running.countDown();
            });
        }
        BitSet[] seen = new BitSet[threads];
        Arrays.setAll(seen, t -> new BitSet(each));
        int[] wrong = new int[1];
        Set<Long> ids = new HashSet<>();
        Map<Integer, Long> newestOfSlot = new HashMap<>();
        OperationSink check = (operation, ranges) -> {
            drained.incrementAndGet();
            int number = (int) ranges.cookie;
            Long before = newestOfSlot.put(ranges.slot.index(), operation.id());
            boolean right = operation.thread().name().equals("v" + number)
                    && ranges.threadName.equals("v" + number)
                    && ids.add(operation.id())
                    && SlotLayout.slotIndex(operation.id()) == ranges.slot.index()
                    && operation.id() > (before == null ? 0 : before)
                    && ranges.tx1 == ranges.tx0 + 1 && !seen[number].get(ranges.tx0);
            seen[number].set(ranges.tx0);
            wrong[0] += right ? 0 : 1;
        };
        while (!running.await(1, TimeUnit.MILLISECONDS)) {
            operations.poll(check);
        }
        operations.poll(check);
        assertThat(wrong[0]).isZero();
        assertThat(hook.operationsSeen()).isEqualTo((long) threads * each);
        assertThat(hook.operationsDropped()).isZero();
        assertThat(seen).allMatch(numbers -> numbers.cardinality() == each);
        assertThat(kernel.registrations.get()).isLessThanOrEqualTo(Runtime.getRuntime().availableProcessors() * 2);
        assertThat(hook.failure()).isNull();
    }

    @Test
    void ten_thousand_short_threads_share_sixteen_slots_one_after_the_other() throws Exception {
        try (FakeKernel small = new FakeKernel(16)) {
            SocketHook hook = small.hook(StackPolicy.off());
            Operations operations = operations(hook);
            Map<Long, String> written = new java.util.concurrent.ConcurrentHashMap<>();
            Map<Long, String> drained = new HashMap<>();
            OperationSink collect = (operation, ranges) ->
                    assertThat(drained.put(operation.id(), operation.thread().name() + " " + ranges.cookie)).isNull();
            int threads = 10_000;
            try (ExecutorService starters = Executors.newFixedThreadPool(4)) {
                List<Future<?>> started = new ArrayList<>();
                for (int s = 0; s < 4; s++) {
                    int starter = s;
                    started.add(starters.submit(() -> {
                        for (int t = starter; t < threads; t += 4) {
                            String name = "short-" + t;
                            long cookie = t;
                            Thread thread = Thread.ofPlatform().name(name).start(() -> {
                                for (int i = 0; i < 3; i++) {
                                    long id = small.write(hook, cookie, i, i + 1);
                                    if (id != 0) {
                                        assertThat(written.put(id, name + " " + cookie)).isNull();
                                    }
                                }
                            });
                            thread.join();
                        }
                        return null;
                    }));
                }
                for (Future<?> one : started) {
                    while (!one.isDone()) {
                        operations.sweep(collect);
                    }
                    one.get();
                }
            }
            operations.poll(collect);
            operations.sweep(collect);
            assertThat(drained).isEqualTo(written);
            assertThat(hook.operationsSeen()).isEqualTo(written.size());
            assertThat(small.registrations.get()).isGreaterThan(5_000);
            assertThat(small.registrations.get() + hook.threadsWithoutSlot()).isGreaterThanOrEqualTo(threads);
            assertThat(hook.failure()).isNull();
            assertThat(hook.slots().owned(0)).isNull();
        }
    }

    @Test
    void a_native_thread_that_detached_keeps_its_slot_until_it_attaches_again() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.off());
        Operations operations = operations(hook);
        kernel.detached.add(77);
        Thread first = Thread.ofPlatform().start(() -> {
            kernel.pretendTid(77);
            kernel.write(hook, 1, 0, 1);
        });
        first.join();
        operations.sweep(sink);
        assertThat(hook.slots().owned(0)).isNotNull();
        CountDownLatch swept = new CountDownLatch(1);
        CountDownLatch registered = new CountDownLatch(1);
        Thread again = Thread.ofPlatform().start(() -> {
            kernel.pretendTid(77);
            kernel.write(hook, 1, 1, 2);
            registered.countDown();
            await(swept);
        });
        registered.await();
        operations.sweep(sink);
        assertThat(hook.slots().owned(0)).isNull();
        assertThat(hook.slots().owned(1)).isNotNull();
        swept.countDown();
        again.join();
    }

    @Test
    void operations_beyond_the_queue_are_dropped_and_counted() {
        SocketHook hook = kernel.hook(StackPolicy.off());
        for (int i = 0; i < OperationQueue.CAPACITY + 100; i++) {
            kernel.write(hook, 1, i, i + 1);
        }
        assertThat(hook.operationsDropped()).isEqualTo(100);
        assertThat(operations(hook).poll(sink)).isEqualTo(OperationQueue.CAPACITY);
        assertThat(records.getLast().tx1).isEqualTo(OperationQueue.CAPACITY);
    }

    @Test
    void a_call_that_lasts_can_be_looked_at_before_it_ends() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.all());
        Operations operations = operations(hook);
        for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch leave = new CountDownLatch(1);
            Thread writer = builder.name("long writer").start(() -> longWrite(hook, inside, leave));
            inside.await();
            OperationInProgress seen = new OperationInProgress();
            int slot = 0;
            while (!operations.inProgress(slot, seen)) {
                slot = (slot + 1) % operations.slotCount();
            }
            assertThat(seen.captured).isTrue();
            assertThat(seen.cookie).isEqualTo(8);
            assertThat(seen.kind).isEqualTo(WRITE);
            assertThat(seen.fd).isEqualTo(1);
            assertThat(seen.flags).isEqualTo(SlotLayout.BEGUN);
            assertThat(seen.tx0).isEqualTo(5000);
            assertThat(seen.thread).isSameAs(writer);
            Operation early = operations.operation(seen, true);
            assertThat(early.id()).isEqualTo(seen.operation);
            assertThat(early.thread().name()).isEqualTo("long writer");
            assertThat(early.stack().frames()).anyMatch(frame -> frame.contains("longWrite"));
            leave.countDown();
            writer.join();
            assertThat(operations.stillInProgress(seen)).isFalse();
            assertThat(operations.operation(seen, true)).isNull();
            assertThat(operations.inProgress(slot, seen)).isFalse();
        }
    }

    private void longWrite(SocketHook hook, CountDownLatch inside, CountDownLatch leave) {
        long operation = hook.begin(WRITE, FileDescriptor.out);
        kernel.begun(8, 5000);
        inside.countDown();
        // must hold the carrier, as a system call does
        while (leave.getCount() > 0) {
            Thread.onSpinWait();
        }
        hook.end(operation, WRITE, FileDescriptor.out, 0);
    }

    @Test
    void the_same_thread_is_the_same_object_until_its_name_changes() throws Exception {
        SocketHook hook = kernel.hook(StackPolicy.off());
        Operations operations = operations(hook);
        Thread thread = Thread.ofPlatform().name("one").start(() -> {
            kernel.write(hook, 1, 0, 1);
            kernel.write(hook, 1, 1, 2);
        });
        thread.join();
        operations.poll(sink);
        assertThat(operationsThread(0)).isSameAs(operationsThread(1));
        Thread own = Thread.currentThread();
        String name = own.getName();
        try {
            kernel.write(hook, 1, 2, 3);
            operations.poll(sink);
            own.setName("renamed");
            kernel.write(hook, 1, 3, 4);
            operations.poll(sink);
        } finally {
            own.setName(name);
        }
        assertThat(operationsThread(2).name()).isEqualTo(name);
        assertThat(operationsThread(3).name()).isEqualTo("renamed");
    }

    private JavaThread operationsThread(int index) {
        return operations.get(index).thread();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
