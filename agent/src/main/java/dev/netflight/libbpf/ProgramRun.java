package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * Runs a program on the calling thread (BPF_PROG_TEST_RUN through {@code bpf_prog_test_run_opts}): for {@code raw_tp}
 * programs (Linux 5.10, the context is an array of u64 arguments) and {@code syscall} programs (Linux 5.14, the context
 * comes back changed). In the program, {@code bpf_get_current_task()} and the current files are the caller's.
 *
 * <p>Made for an application's threads: a run neither allocates, locks nor initialises a class, provided that one run was
 * made before (on any slot), so a virtual thread cannot unmount in it. Every <em>slot</em> has native memory of its own,
 * whose pages appear when they are first used; two threads must not use one slot at the same time.
 *
 * <pre>
 *  one slot, a multiple of 64 bytes
 *  0               8                          88       96
 *  +---------------+--------------------------+--------+-----------------------+
 *  | errno capture | struct bpf_test_run_opts | unused | context, contextSize  |
 *  +---------------+--------------------------+--------+-----------------------+
 * </pre>
 *
 * <p>The memory is freed when this object is collected, never while a thread can still run. After {@link #close()} a run
 * answers −EBADF. A run that races with the close of the program's object could meet a descriptor that was closed and
 * given away, so the caller lets running threads end first: close this, wait a moment, close the object.
 */
public final class ProgramRun implements ProgramCalls {
    private static final int OPTIONS = 8;
    private static final int CONTEXT = 96;
    private static final int ALIGNMENT = 64;

    private final MemorySegment function;
    private final String program;
    private final int programFd;
    private final int contextSize;
    private final int slots;
    private final int stride;
    private final MemorySegment memory;
    private final MemorySegment[] areas; // each filled by its slot's first user; a lost race makes an equal one
    private volatile boolean closed;

    /**
     * Prepares runs of {@code program}.
     *
     * @param contextSize bytes of the context: for raw_tp 8 for each argument, at least as many as the program reads
     * @param slots how many threads can run it at a time
     */
    public ProgramRun(BpfProgram program, int contextSize, int slots) {
        if (contextSize < 0 || contextSize > 0xffff || slots < 1) {
            throw new IllegalArgumentException("context of " + contextSize + " bytes, " + slots + " slots");
        }
        this.function = program.libbpf().progTestRunOpts;
        this.program = program.name();
        this.programFd = program.fd();
        this.contextSize = contextSize;
        this.slots = slots;
        this.stride = (CONTEXT + contextSize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        // anonymous pages appear when they are touched: 4096 unused slots cost address space only
        this.memory = Libc.map(Arena.ofAuto(), (long) stride * slots, Libc.PROT_READ | Libc.PROT_WRITE, -1, 0);
        this.areas = new MemorySegment[slots];
    }

    /** How many slots there are. */
    public int slots() {
        return slots;
    }

    @Override
    public int run(int slot, long argument) {
        MemorySegment area = area(slot);
        area.set(ValueLayout.JAVA_LONG, CONTEXT, argument);
        return run(area);
    }

    @Override
    public int run(int slot, long first, long second, long third) {
        MemorySegment area = area(slot);
        area.set(ValueLayout.JAVA_LONG, CONTEXT, first);
        area.set(ValueLayout.JAVA_LONG, CONTEXT + 8, second);
        area.set(ValueLayout.JAVA_LONG, CONTEXT + 16, third);
        return run(area);
    }

    /** To be filled before {@link #run(int)} and, for a syscall program, read after it. */
    @Override
    public MemorySegment context(int slot) {
        return area(slot).asSlice(CONTEXT, contextSize);
    }

    @Override
    public int run(int slot) {
        return run(area(slot));
    }

    private MemorySegment area(int slot) {
        MemorySegment area = areas[slot];
        if (area == null) {
            area = memory.asSlice((long) slot * stride, stride);
            areas[slot] = area;
        }
        return area;
    }

    private int run(MemorySegment area) {
        if (closed) {
            return -Errno.EBADF;
        }
        long options = area.address() + OPTIONS;
        area.set(ValueLayout.JAVA_LONG, OPTIONS + TestRunOptions.SZ, TestRunOptions.SIZE);
        area.set(ValueLayout.JAVA_LONG, OPTIONS + TestRunOptions.CTX_IN, area.address() + CONTEXT);
        area.set(ValueLayout.JAVA_INT, OPTIONS + TestRunOptions.CTX_SIZE_IN, contextSize);
        area.set(ValueLayout.JAVA_INT, OPTIONS + TestRunOptions.RETVAL, 0);
        int result = (int) NativeCall.call(function, area, programFd, options, 0, 0, 0, 0);
        int answer = result < 0 ? result : area.get(ValueLayout.JAVA_INT, OPTIONS + TestRunOptions.RETVAL);
        Reference.reachabilityFence(memory);
        return answer;
    }

    @Override
    public int checked(int answer) {
        if (answer < 0) {
            throw new BpfException("bpf_prog_test_run_opts", program, -answer);
        }
        return answer;
    }

    @Override
    public void close() {
        closed = true;
    }
}
