package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import jdk.internal.access.SharedSecrets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is known is still right where a virtual thread comes to another carrier at a moment at which none should. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ChangeOfCarrierTest {
    private static final int WRITE = OperationKind.WRITE.code;

    private final FakeKernel kernel = new FakeKernel(256); // more than carriers anywhere
    private final SocketHook hook = kernel.hook(StackPolicy.off());
    private final Operations operations = new Operations(hook, new StackCache(64));
    private final List<Operation> told = new ArrayList<>();
    private final OperationSink sink = (operation, ranges) -> told.add(operation);

    @BeforeEach
    void needs() {
        assumeThat(Runtime.getRuntime().availableProcessors()).as("processors").isGreaterThan(1);
    }

    @AfterEach
    void freeMemory() {
        kernel.close();
    }

    /** Nothing in the hook lets it happen; if it did, each call of either carrier would be told as the other's. */
    @Test
    void a_virtual_thread_that_changes_its_carrier_while_it_is_registered_leaves_both_as_they_were() throws Exception {
        var carriers = new HashSet<Thread>();
        kernel.registering = () -> {
            carriers.add(carrier());
            changeCarrier();
            carriers.add(carrier());
        };
        var numbers = new AtomicLong(-1);
        Thread.ofVirtual().start(() -> numbers.set(kernel.write(hook, 3, 0, 10))).join();
        assertThat(carriers).hasSize(2);
        assertThat(numbers).as("operation of the call").hasValue(0);
        assertThat(operations.poll(sink)).isZero();

        kernel.registering = () -> { };
        for (int i = 0; i < 100; i++) {
            int cookie = i;
            Thread.ofVirtual().start(() -> kernel.write(hook, cookie, 0, 10)).join();
        }
        assertThat(operations.poll(sink)).isEqualTo(100);
        assertThat(told).extracting(Operation::connectionId).containsExactlyInAnyOrderElementsOf(
                LongStream.range(0, 100).boxed().toList());
    }

    /** The JDK takes a lock where a datagram's destination cannot be reached. */
    @Test
    void a_call_that_ends_on_another_carrier_is_in_progress_on_neither() throws Exception {
        var inside = new AtomicBoolean();
        var slot = new AtomicInteger();
        Thread.ofVirtual().start(() -> {
            long operation = hook.begin(WRITE, FileDescriptor.out);
            kernel.begun(3, 100);
            slot.set(SlotLayout.slotIndex(operation));
            inside.set(operations.inProgress(slot.get(), new OperationInProgress()));
            changeCarrier();
            hook.end(operation, WRITE, FileDescriptor.out, -1);
        }).join();
        assertThat(inside).isTrue();
        assertThat(operations.inProgress(slot.get(), new OperationInProgress())).isFalse();
        assertThat(operations.poll(sink)).isZero();
    }

    /** Of the calling virtual thread. */
    private static void changeCarrier() {
        Thread first = carrier();
        while (carrier() == first) {
            // who comes next on this carrier keeps it for longer than we sleep
            Thread.ofVirtual().start(() -> spin(20));
            sleep(1);
        }
    }

    private static Thread carrier() {
        return SharedSecrets.getJavaLangAccess().currentCarrierThread();
    }

    private static void spin(int millis) {
        for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis); System.nanoTime() - end < 0; ) {
            Thread.onSpinWait();
        }
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
