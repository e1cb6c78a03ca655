package dev.netflight.it.app;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.NetworkInterface;

/**
 * Somebody else's TCX links. Arguments: a device, pinned programs for what arrives and for what leaves there. Prints
 * {@code attached}, and keeps the links until its input ends.
 */
public final class ForeignLinks {
    private static final int SYS_BPF = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;
    private static final int BPF_OBJ_GET = 7;
    private static final int BPF_LINK_CREATE = 28;
    private static final int BPF_TCX_INGRESS = 46;
    private static final int BPF_TCX_EGRESS = 47;
    private static final int ATTRIBUTES = 64;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(LINKER.defaultLookup().find("syscall").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG), Linker.Option.firstVariadicArg(1));

    private ForeignLinks() {}

    public static void main(String[] args) throws Throwable {
        int device = NetworkInterface.getByName(args[0]).getIndex();
        link(args[1], device, BPF_TCX_INGRESS);
        link(args[2], device, BPF_TCX_EGRESS);
        System.out.println("attached");
        while (System.in.read() >= 0) {
            // until the test is over
        }
    }

    private static void link(String pinned, int device, int type) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment get = arena.allocate(ATTRIBUTES, 8);
            get.set(ValueLayout.JAVA_LONG, 0, arena.allocateFrom(pinned).address());
            int program = bpf(BPF_OBJ_GET, get);
            MemorySegment create = arena.allocate(ATTRIBUTES, 8);
            create.set(ValueLayout.JAVA_INT, 0, program);
            create.set(ValueLayout.JAVA_INT, 4, device);
            create.set(ValueLayout.JAVA_INT, 8, type);
            bpf(BPF_LINK_CREATE, create);
        }
    }

    private static int bpf(int command, MemorySegment attributes) throws Throwable {
        long result = (long) SYSCALL.invokeExact((long) SYS_BPF, (long) command, attributes, (long) ATTRIBUTES);
        if (result < 0) {
            throw new IOException("bpf(" + command + ") fails");
        }
        return (int) result;
    }
}
