package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Operation;
import dev.netflight.model.Origin;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OriginHookTest {
    /** {@link NetflightOrigin1#begin}: all that the thread writes is the item's. */
    private static final int ITEM = 1;

    private final FakeKernel kernel = new FakeKernel(8);
    private final SocketHook hook = kernel.hook(StackPolicy.all());
    private final Object item = new Object();
    private boolean isWanted = true;

    @AfterEach
    void freeMemory() {
        kernel.close();
    }

    private OriginHook origins() {
        OriginHook origins = new OriginHook(StackPolicy.all(), () -> true, () -> isWanted);
        hook.origins(origins);
        return origins;
    }

    private void submitElsewhere(OriginHook origins) {
        Thread submitting = Thread.ofPlatform().name("checkout-7").start(() -> origins.submit(item, null));
        try {
            submitting.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private Operation write(OriginHook origins) {
        origins.enter(item, null, ITEM);
        kernel.write(hook, 99, 1000, 1016);
        origins.leave();
        List<Operation> operations = new ArrayList<>();
        new Operations(hook, new StackCache(64)).poll((operation, record) -> operations.add(operation));
        return operations.getFirst();
    }

    @Test
    void bytes_that_another_thread_handed_over_have_that_thread_and_its_stack() {
        OriginHook origins = origins();
        submitElsewhere(origins);
        Origin origin = write(origins).origins().getFirst();
        assertThat(origin.threadName()).isEqualTo("checkout-7");
        assertThat(origin.from()).isEqualTo(1000);
        assertThat(origin.to()).isEqualTo(1016);
        assertThat(origin.stack().firstApplicationFrame()).contains("OriginHookTest.");
    }

    @Test
    void a_way_whose_bytes_were_not_captured_is_looked_at_again_after_a_second() {
        var way = new Submission.Route();
        assertThat(way.isUnseen(5)).isFalse();
        way.unseen(5);
        assertThat(way.isUnseen(900_000_000)).isTrue();
        assertThat(way.isUnseen(1_100_000_000)).isFalse();
    }

    @Test
    void nothing_is_kept_of_what_is_handed_over_while_nobody_wants_to_know() {
        OriginHook origins = origins();
        submitElsewhere(origins);
        isWanted = false;
        submitElsewhere(origins);
        isWanted = true;
        assertThat(write(origins).origins()).isEmpty();
        submitElsewhere(origins);
        assertThat(write(origins).origins()).hasSize(1);
    }
}
