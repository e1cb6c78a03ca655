package dev.netflight.filter;

import dev.netflight.libbpf.BpfObject;
import dev.netflight.libbpf.BpfObjectFile;
import dev.netflight.libbpf.BpfProgram;
import dev.netflight.libbpf.BpfTesting;
import dev.netflight.libbpf.Libbpf;
import dev.netflight.libbpf.NativeCall;
import dev.netflight.libbpf.NativeLibrary;
import dev.netflight.libbpf.ProgramKind;
import dev.netflight.libbpf.ProgramRun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Two judges of one filter: the kernel, that runs our translation where the product has it (in a stub of filter.h,
 * BPF_PROG_TEST_RUN), and libpcap's {@code bpf_filter()}, that interprets the original. Both read the same memory.
 */
final class KernelAndLibpcap implements AutoCloseable {
    /** {@code PACKETS} and {@code FILTER_ROOM}. */
    static final int PACKETS = 1024;
    static final int ROOM = 2048;

    /** What a judge sees of a packet; {@code captured} bytes of it are there. */
    record View(int index, int length, int captured, boolean leaves) {}

    private final Libbpf libbpf;
    private final byte[] object;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bpfFilter = NativeLibrary.required().find("bpf_filter");
    private final MemorySegment capture = arena.allocate(NativeCall.CAPTURE_BYTES, 8);
    private final MemorySegment packets = arena.allocate((long) PACKETS * ROOM, 8);
    private Translated translated;
    private Original original;

    private KernelAndLibpcap(Libbpf libbpf) {
        this.libbpf = libbpf;
        this.object = BpfTesting.object("filter_test.bpf.c");
    }

    static KernelAndLibpcap open() {
        return new KernelAndLibpcap(BpfTesting.requireBpf());
    }

    void packet(int index, byte[] bytes) {
        MemorySegment.copy(bytes, 0, packets, ValueLayout.JAVA_BYTE, (long) index * ROOM, Math.min(bytes.length, ROOM));
    }

    /** Takes up a filter; the packets of both judges are now the same. */
    void judge(List<ClassicInstruction> classic, long[] ethernet, long[] ip, boolean layerThree) {
        endJudging();
        translated = new Translated(ethernet, ip, layerThree);
        original = new Original(classic);
    }

    /** {@return 0 rejects, 1 accepts, 2 wants more} */
    int kernel(View view) {
        return translated.run(view);
    }

    boolean libpcap(View view) {
        return (int) NativeCall.call(bpfFilter, capture, original.code.address(),
                packets.address() + (long) view.index() * ROOM, view.length(), view.captured(), 0, 0) != 0;
    }

    private void endJudging() {
        if (translated != null) {
            translated.close();
            original.memory.close();
            translated = null;
        }
    }

    @Override
    public void close() {
        endJudging();
        arena.close();
    }

    private static final class Original {
        final Arena memory = Arena.ofConfined();
        final MemorySegment code;

        Original(List<ClassicInstruction> program) {
            code = memory.allocateFrom(ValueLayout.JAVA_LONG, program.stream().mapToLong(Original::bits).toArray());
        }

        private static long bits(ClassicInstruction c) {
            return c.code() | (long) c.ifTrue() << 16 | (long) c.ifFalse() << 24 | (long) c.k() << 32;
        }
    }

    private final class Translated implements AutoCloseable {
        private final Arena mapping = Arena.ofConfined();
        private final BpfObject loaded;
        private final ProgramRun run;
        private final MemorySegment context;

        Translated(long[] ethernet, long[] ip, boolean layerThree) {
            loaded = BpfObjectFile.open(libbpf, "nf_filter", object).load();
            BpfProgram program = loaded.program("run_filter");
            BpfProgram spliced = loaded.replace(program, ProgramKind.RAW_TRACEPOINT,
                    FilterSplice.into(program.instructions(), ethernet, ip));
            loaded.map("packets").map(mapping, true).copyFrom(packets);
            run = new ProgramRun(spliced, 5 * 8, 1);
            context = run.context(0);
            context.set(ValueLayout.JAVA_LONG, 32, layerThree ? 1 : 0);
        }

        int run(View view) {
            context.set(ValueLayout.JAVA_LONG, 0, view.index());
            context.set(ValueLayout.JAVA_LONG, 8, view.length());
            context.set(ValueLayout.JAVA_LONG, 16, view.captured());
            context.set(ValueLayout.JAVA_LONG, 24, view.leaves() ? 1 : 0);
            return run.checked(run.run(0));
        }

        @Override
        public void close() {
            run.close();
            loaded.close();
            mapping.close();
        }
    }
}
