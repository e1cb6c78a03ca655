package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.netflight.model.JavaStack;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StackCacheTest {

    private static Throwable take() {
        try {
            return StackTrace.take();
        } catch (InstantiationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Throwable deep(int more) {
        return more == 0 ? take() : deep(more - 1);
    }

    private static List<String> expected(Throwable stack) {
        return Arrays.stream(stack.getStackTrace()).skip(1).map(StackTraceElement::toString)
                .collect(Collectors.toList());
    }

    @Test
    void the_application_frame_of_who_hands_bytes_over_is_none_of_the_librarys() {
        StackCache cache = new StackCache(64, false);
        Throwable stack = new Throwable();
        stack.setStackTrace(new StackTraceElement[] {
            new StackTraceElement("io.netty.channel.AbstractChannel", "write", "AbstractChannel.java", 1),
            new StackTraceElement(null, "java.base", null, "java.util.ArrayList", "forEach", "ArrayList.java", 2),
            new StackTraceElement("com.acme.Checkout", "pay", "Checkout.java", 64)});
        JavaStack submission = cache.resolveSubmission(stack);
        assertThat(submission.firstApplicationFrame()).isEqualTo("com.acme.Checkout.pay(Checkout.java:64)");
        assertThat(submission.frames()).isEqualTo(cache.resolve(stack).frames()).hasSize(3);
        assertThat(cache.resolveSubmission(stack)).isSameAs(submission);

        stack.setStackTrace(new StackTraceElement[] {
            new StackTraceElement("shaded.io.netty.channel.AbstractChannel", "write", "AbstractChannel.java", 1)});
        assertThat(cache.resolveSubmission(stack).firstApplicationFrame()).startsWith("shaded.io.netty.channel.");
    }

    @Test
    void this_jvm_keeps_stacks_as_expected() {
        assertThat(Backtrace.works()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_stack_reads_as_the_jvm_prints_it_without_our_frame(boolean unresolved) {
        Throwable stack = take();
        List<String> expected = expected(stack);
        JavaStack resolved = new StackCache(1000, unresolved).resolve(stack);
        assertThat(resolved.frames()).isEqualTo(expected);
        assertThat(resolved.frames().get(1)).contains("StackCacheTest.a_stack_reads_as_the_jvm_prints_it");
        assertThat(resolved.truncated()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_same_place_gives_the_same_object_and_is_resolved_once(boolean unresolved) {
        StackCache cache = new StackCache(64, unresolved);
        JavaStack[] stacks = new JavaStack[10];
        for (int i = 0; i < stacks.length; i++) {
            stacks[i] = cache.resolve(deep(3));
        }
        assertThat(stacks).allMatch(stack -> stack == stacks[0]);
        assertThat(cache.size()).isEqualTo(1);
        if (unresolved) {
            assertThat(cache.misses()).isEqualTo(1);
        }
    }

    @Test
    void another_line_of_the_same_method_is_another_stack() {
        StackCache cache = new StackCache(64);
        JavaStack one = cache.resolve(take());
        JavaStack two = cache.resolve(take());
        assertThat(one).isNotEqualTo(two);
        assertThat(cache.misses()).isEqualTo(2);
    }

    @Test
    void two_places_on_one_line_are_two_unresolved_stacks_but_one_object() {
        StackCache cache = new StackCache(64);
        JavaStack one = cache.resolve(take()), two = cache.resolve(take());
        assertThat(one).isSameAs(two);
        assertThat(cache.unresolvedSize()).isEqualTo(2);
        assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void stacks_of_different_depth_are_told_apart_also_over_several_chunks() {
        StackCache cache = new StackCache(1000);
        for (int depth : new int[] {0, 1, 30, 31, 32, 33, 63, 64, 65, 100, 300}) {
            Throwable stack = deep(depth);
            List<String> expected = expected(stack);
            JavaStack first = cache.resolve(stack);
            assertThat(first.frames()).isEqualTo(expected);
            JavaStack second = null;
            for (int i = 0; i < 2; i++) {
                JavaStack again = cache.resolve(deep(depth));
                assertThat(second == null || second == again).isTrue();
                second = again;
            }
        }
    }

    @Test
    void lambdas_of_different_text_are_told_apart() {
        StackCache cache = new StackCache(64);
        Supplier<Throwable> one = () -> take();
        Supplier<Throwable> two = () -> deep(0);
        JavaStack[] ones = new JavaStack[2];
        JavaStack[] twos = new JavaStack[2];
        for (int i = 0; i < 2; i++) {
            ones[i] = cache.resolve(one.get());
            twos[i] = cache.resolve(two.get());
        }
        assertThat(ones[0]).isSameAs(ones[1]).isNotEqualTo(twos[0]);
        assertThat(twos[0]).isSameAs(twos[1]);
        assertThat(ones[0].frames()).noneMatch(frame -> frame.contains("$$Lambda"));
    }

    @Test
    void what_lies_below_the_kept_frames_does_not_matter() {
        StackCache cache = new StackCache(10);
        JavaStack one = cache.resolve(deep(50));
        JavaStack two = cache.resolve(deep(90));
        assertThat(one).isSameAs(two);
        assertThat(one.frames()).hasSize(10);
        assertThat(one.truncated()).isTrue();
    }

    @Test
    void a_stack_of_exactly_the_kept_depth_is_not_truncated() {
        Throwable probe = deep(20);
        int frames = expected(probe).size();
        assertThat(new StackCache(frames).resolve(deep(20)).truncated()).isFalse();
        assertThat(new StackCache(frames - 1).resolve(deep(20)).truncated()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_application_frame_is_the_first_outside_the_jdk(boolean unresolved) throws Exception {
        StackCache cache = new StackCache(64, unresolved);
        Throwable[] taken = new Throwable[1];
        // here the test plays the application; java.util below it does not count
        IntStream.range(0, 1).forEach(i -> taken[0] = take());
        JavaStack stack = cache.resolve(taken[0]);
        assertThat(stack.applicationFrame()).isZero();
        InvocationHandler handler = (proxy, method, arguments) -> take();
        @SuppressWarnings("unchecked")
        Callable<Throwable> proxy = (Callable<Throwable>) Proxy.newProxyInstance(
                StackCacheTest.class.getClassLoader(), new Class<?>[] {Callable.class}, handler);
        JavaStack viaProxy = cache.resolve(proxy.call());
        assertThat(viaProxy.frames()).anyMatch(frame -> frame.contains("$Proxy"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_stack_wholly_inside_the_jdk_has_no_application_frame(boolean unresolved) throws Exception {
        Throwable[] taken = new Throwable[1];
        Thread thread = new Thread() {
            @Override
            public void run() {
                taken[0] = take();
            }
        };
        thread.start();
        thread.join();
        StackTraceElement[] jdkOnly = Arrays.stream(taken[0].getStackTrace())
                .filter(frame -> "java.base".equals(frame.getModuleName())).toArray(StackTraceElement[]::new);
        StackCache cache = new StackCache(64, unresolved);
        StackTraceElement[] fabricated = jdkOnly.length > 0 ? jdkOnly
                : new StackTraceElement[] {new StackTraceElement(null, "java.base", "25", "java.lang.Thread", "run",
                        "Thread.java", 1)};
        assertThat(cache.resolve(fabricated).applicationFrame()).isEqualTo(-1);
        assertThat(cache.resolve(fabricated).firstApplicationFrame()).contains("java.lang.Thread.run");
    }

    @Test
    void frames_of_ours_are_nowhere_in_a_stack() {
        try (FakeKernel kernel = new FakeKernel(2)) {
            SocketHook hook = kernel.hook(StackPolicy.all());
            NetflightHook1.install(hook);
            long operation;
            try {
                operation = NetflightHook1.enter(4, java.io.FileDescriptor.out);
                kernel.sent(1, 0, 1);
                NetflightHook1.exit(operation, 4, java.io.FileDescriptor.out, 1);
            } finally {
                NetflightHook1.install(null);
            }
            assertThat(operation).isNotZero();
            int[] count = new int[1];
            new Operations(hook, new StackCache(64)).poll((seen, ranges) -> {
                count[0]++;
                assertThat(seen.stack().frames().getFirst()).contains("StackCacheTest.frames_of_ours_are_nowhere");
                assertThat(seen.stack().frames()).noneMatch(frame -> frame.contains("NetflightHook")
                        || frame.contains("dev.netflight.hook.SocketHook.") || frame.contains("hook.StackTrace."));
            });
            assertThat(count[0]).isEqualTo(1);
        }
    }

    @Test
    void a_call_looked_at_from_outside_reads_like_one_that_ended() {
        StackCache cache = new StackCache(64);
        StackTraceElement[] inside = {
            new StackTraceElement(null, "java.base", "25", "sun.nio.ch.SocketDispatcher", "write0",
                    "SocketDispatcher.java", -2),
            new StackTraceElement(null, "java.base", "25", "sun.nio.ch.SocketDispatcher", "write",
                    "SocketDispatcher.java", 62)
        };
        assertThat(cache.resolve(inside)).isSameAs(cache.resolve(new StackTraceElement[] {inside[1]}));
    }

    @Test
    void the_table_is_bounded_and_counts_what_it_forgets() {
        StackCache cache = new StackCache(2000);
        for (int i = 0; i < 600; i++) {
            for (int base = 0; base < 8; base++) {
                cache.resolve(switchboard(base, i));
            }
            assertThat(cache.size()).isLessThanOrEqualTo(StackCache.CAPACITY);
            assertThat(cache.unresolvedSize()).isLessThanOrEqualTo(StackCache.CAPACITY);
        }
        assertThat(cache.evicted()).isPositive();
    }

    private static Throwable switchboard(int base, int depth) {
        return switch (base) {
            case 0 -> deep(depth);
            case 1 -> deep(depth);
            case 2 -> deep(depth);
            case 3 -> deep(depth);
            case 4 -> deep(depth);
            case 5 -> deep(depth);
            case 6 -> deep(depth);
            default -> deep(depth);
        };
    }

    @Test
    void a_stack_unused_for_a_minute_is_let_go_and_one_in_use_is_kept() {
        StackCache cache = new StackCache(64);
        long start = System.nanoTime();
        cache.expire(start);
        JavaStack[] used = new JavaStack[100];
        cache.resolve(deep(7));
        for (int second = 0; second < 100; second++) {
            used[second] = cache.resolve(deep(1));
            cache.expire(start + second * 1_000_000_000L);
        }
        assertThat(used).allMatch(stack -> stack == used[0]);
        assertThat(cache.size()).isEqualTo(1);
        assertThat(cache.unresolvedSize()).isEqualTo(1);
        cache.clear();
        assertThat(cache.size()).isZero();
        assertThat(cache.unresolvedSize()).isZero();
    }

    @Test
    void a_jvm_that_makes_no_stacks_gives_none() {
        Throwable empty = new Throwable(null, null, false, false) {
            private static final long serialVersionUID = 1L;
        };
        assertThat(new StackCache(64, true).resolve(empty)).isNull();
        assertThat(new StackCache(64, false).resolve(empty)).isNull();
        assertThat(new StackCache(64).resolve((Throwable) null)).isNull();
    }

    @Test
    void a_depth_below_one_is_refused() {
        assertThatThrownBy(() -> new StackCache(0)).hasMessageContaining("not 0");
    }
}
