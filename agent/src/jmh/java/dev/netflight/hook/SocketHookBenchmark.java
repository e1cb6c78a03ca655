package dev.netflight.hook;

import dev.netflight.model.JavaStack;
import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.util.concurrent.TimeUnit;
import jdk.internal.misc.Unsafe;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the hook adds to a socket call, from no capture at all to a captured operation with its stack, without the
 * system call and without the kernel's programs; and what the capture thread pays for a stack.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SocketHookBenchmark {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final int WRITE = OperationKind.WRITE.code;

    /** A capture with slots in plain memory. */
    @State(Scope.Thread)
    public abstract static class Capture {
        private final FileDescriptor fd = FileDescriptor.out;
        private FakeKernel kernel;
        private OperationQueue queue;
        private long slot;

        abstract StackPolicy stacks();

        OperationListener listener() {
            return null;
        }

        @Setup
        public void install() {
            kernel = new FakeKernel(4);
            SocketHook hook = kernel.hook(stacks(), listener(), false);
            NetflightHook1.install(hook);
            kernel.write(hook, 1, 0, 1);
            queue = hook.slots().owned(0).queue;
            slot = kernel.memory;
        }

        @TearDown
        public void uninstall() {
            NetflightHook1.install(null);
            kernel.close();
        }

        void call() {
            SocketHookBenchmark.call(fd);
        }

        /** The kernel marks the operation; the capture thread is played by the same thread, in the cheapest way. */
        void capturedCall() {
            long operation = NetflightHook1.enter(WRITE, fd);
            if (operation != 0) {
                UNSAFE.putLong(slot + SlotLayout.RESULT_OPERATION, operation);
                NetflightHook1.exit(operation, WRITE, fd, 100);
            }
            if ((operation & 63) == 0) {
                while (queue.consumed() < queue.produced()) {
                    queue.take();
                }
            }
        }

        void capturedCall(int deeper) {
            if (deeper > 0) {
                capturedCall(deeper - 1);
            } else {
                capturedCall();
            }
        }
    }

    private static void call(FileDescriptor fd) {
        long operation = NetflightHook1.enter(WRITE, fd);
        if (operation != 0) {
            NetflightHook1.exit(operation, WRITE, fd, 100);
        }
    }

    /** Nothing is captured: what woven code costs while another capture is awaited. */
    @Benchmark
    public void armed() {
        call(FileDescriptor.out);
    }

    public static class WithoutStacks extends Capture {
        @Override
        StackPolicy stacks() {
            return StackPolicy.off();
        }
    }

    /** A call on a socket, or a file, that is not of the capture. */
    @Benchmark
    public void notCaptured(WithoutStacks capture) {
        capture.call();
    }

    public static class WithIdleListener extends WithoutStacks {
        @Override
        OperationListener listener() {
            return new OperationListener() {
                @Override
                public Object operationStarted(int kind) {
                    return null;
                }

                @Override
                public void operationEnded(Object event, OperationRecord operation) {}
            };
        }
    }

    /** The same with a JFR sink that no recording asks. */
    @Benchmark
    public void notCapturedWithIdleListener(WithIdleListener capture) {
        capture.call();
    }

    @Benchmark
    public void capturedWithoutStack(WithoutStacks capture) {
        capture.capturedCall();
    }

    public static class WithRate extends Capture {
        @Override
        StackPolicy stacks() {
            return StackPolicy.perSecond(1);
        }
    }

    @Benchmark
    public void capturedBeyondTheStackRate(WithRate capture) {
        capture.capturedCall();
    }

    public static class WithStacks extends Capture {
        /** Frames in all; the harness itself has about 14. */
        @Param({"16", "30", "100"})
        int depth;
        private int deeper;

        @Override
        StackPolicy stacks() {
            deeper = depth - new Throwable().getStackTrace().length;
            return StackPolicy.all();
        }
    }

    @Benchmark
    public void capturedWithStack(WithStacks capture) {
        capture.capturedCall(capture.deeper);
    }

    @State(Scope.Thread)
    public static class Stacks {
        @Param({"16", "30", "100"})
        int depth;
        int more;
        final StackCache cache = new StackCache(64);
        final Throwable[] seen = new Throwable[64];

        @Setup
        public void take() {
            more = depth - new Throwable().getStackTrace().length;
            for (int i = 0; i < seen.length; i++) {
                seen[i] = SocketHookBenchmark.take(more);
            }
        }

        int next;
    }

    private static Throwable take(int more) {
        try {
            return more > 0 ? take(more - 1) : StackTrace.take();
        } catch (InstantiationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Capture thread: a stack seen before. */
    @Benchmark
    public JavaStack stackCacheHit(Stacks stacks) {
        return stacks.cache.resolve(stacks.seen[stacks.next++ & 63]);
    }

    /** Capture thread: a stack never seen; with the taking of it, which {@link #capturedWithStack} tells apart. */
    @Benchmark
    public JavaStack stackCacheMiss(Stacks stacks) {
        stacks.cache.clear();
        return stacks.cache.resolve(take(stacks.more));
    }
}
