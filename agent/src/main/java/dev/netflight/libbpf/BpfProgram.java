package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A loaded program. Valid as long as its object is open. */
public final class BpfProgram {
    private final Libbpf libbpf;
    private final BpfObject object;
    private final String name;
    private final long pointer;
    private final int fd;

    BpfProgram(Libbpf libbpf, BpfObject object, String name, long pointer, int fd) {
        this.libbpf = libbpf;
        this.object = object;
        this.name = name;
        this.pointer = pointer;
        this.fd = fd;
    }

    /** A program that somebody else has loaded: it can be run, not attached. @param fd stays the caller's, who closes it */
    public static BpfProgram ofDescriptor(Libbpf libbpf, String name, int fd) {
        return new BpfProgram(libbpf, null, name, 0, fd);
    }

    public String name() {
        return name;
    }

    /** Its descriptor; closed with the object. */
    public int fd() {
        return fd;
    }

    /**
     * {@return its instructions as the kernel got them, each a {@code struct bpf_insn} read as a little-endian number}
     * Those of {@link BpfObject#load} and of a replaced program are not kept.
     */
    public long[] instructions() {
        if (pointer == 0) {
            throw new IllegalStateException(name + " was not loaded from a file");
        }
        return MemorySegment.ofAddress(libbpf.bpf_program__insns(pointer))
                .reinterpret(8 * libbpf.bpf_program__insn_cnt(pointer)).toArray(ValueLayout.JAVA_LONG);
    }

    long pointer() {
        return pointer;
    }

    Libbpf libbpf() {
        return libbpf;
    }

    /**
     * Attaches it where its section name says. The link is destroyed with the object, if not closed before.
     *
     * @throws BpfException for instance ENOENT if this kernel has no such hook
     */
    public BpfLink attach() {
        if (object == null) {
            throw new IllegalStateException(name + " was loaded by another process");
        }
        return object.attach(this, pointer);
    }

    /**
     * Attaches it to a device or a control group. The link is the caller's to close.
     *
     * <pre>
     *  struct bpf_link_create_opts (bpf.h of libbpf 1.x), as far as it is used
     *  0      8       12
     *  +------+-------+
     *  | sz   | flags |
     *  +------+-------+
     * </pre>
     *
     * @param target     an ifindex of the calling thread's network namespace, or a descriptor
     * @param attachType {@code enum bpf_attach_type}
     * @param flags      of {@code BPF_LINK_CREATE}
     * @throws BpfException for instance ENODEV if there is no such device
     */
    public BpfLink link(int target, int attachType, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = arena.allocate(16, 8);
            options.set(ValueLayout.JAVA_LONG, 0, 16);
            options.set(ValueLayout.JAVA_INT, 8, flags);
            int descriptor = libbpf.bpf_link_create(fd, target, attachType, options.address());
            if (descriptor < 0) {
                throw new BpfException("bpf_link_create", name + " at " + target, -descriptor);
            }
            return BpfLink.ofDescriptor(libbpf, name, descriptor);
        }
    }

    /** The kernel's id of the program. @throws BpfException if the kernel does not tell */
    public int id() {
        return (int) info(ProgramInfo.ID, 4);
    }

    /**
     * How often the kernel did not run the program because it was running already on that CPU.
     *
     * @return a count since load; 0 before Linux 5.12, which does not tell
     * @throws BpfException if the kernel does not tell
     */
    public long recursionMisses() {
        return info(ProgramInfo.RECURSION_MISSES, 8);
    }

    private long info(int offset, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ProgramInfo.SIZE, 8);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, ProgramInfo.SIZE);
            int result = libbpf.bpf_obj_get_info_by_fd(fd, info.address(), length.address());
            if (result < 0) {
                throw new BpfException("bpf_obj_get_info_by_fd", name, -result);
            }
            return size == 4 ? info.get(ValueLayout.JAVA_INT, offset) : info.get(ValueLayout.JAVA_LONG, offset);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
