package dev.netflight.libbpf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * The running kernel's type information ({@code /sys/kernel/btf/vmlinux}): which hooks and types it has. One thread at a
 * time. Reading it takes some 10 ms and 5–10 MB until it is closed.
 */
public final class KernelBtf implements AutoCloseable {
    /** {@code struct btf_type} and {@code struct btf_enum} of {@code uapi/linux/btf.h}. */
    private static final int TYPE_BYTES = 12;
    private static final int TYPE_INFO = 4;
    private static final int ENUM_BYTES = 8;

    private final Libbpf libbpf;
    private long btf;

    private KernelBtf(Libbpf libbpf, long btf) {
        this.libbpf = libbpf;
        this.btf = btf;
    }

    /** @throws BpfException if the kernel has none, with the remedy */
    public static KernelBtf load(Libbpf libbpf) {
        long btf = libbpf.btf__load_vmlinux_btf();
        if (btf < 0) {
            throw new BpfException("btf__load_vmlinux_btf", "/sys/kernel/btf/vmlinux", (int) -btf);
        }
        return new KernelBtf(libbpf, btf);
    }

    /** Whether {@code tp_btf/name} can be attached: the kernel declares a typedef {@code btf_trace_name} for each tracepoint. */
    public boolean hasTracepoint(String name) {
        return has("btf_trace_" + name, Libbpf.BTF_KIND_TYPEDEF);
    }

    /** Whether a (not inlined) function of that name exists. */
    public boolean hasFunction(String name) {
        return has(name, Libbpf.BTF_KIND_FUNC);
    }

    public boolean hasStruct(String name) {
        return has(name, Libbpf.BTF_KIND_STRUCT);
    }

    /** {@return what names the hook {@code tp_btf/name} to the kernel, or −ENOENT} */
    public int tracepointId(String name) {
        return find("btf_trace_" + name, Libbpf.BTF_KIND_TYPEDEF);
    }

    /** @param kind one of {@code Libbpf.BTF_KIND_…} */
    public boolean has(String name, int kind) {
        return find(name, kind) > 0;
    }

    /** {@return the names of an enumeration's values, empty where the kernel has no such enumeration} */
    public Map<Integer, String> enumerators(String enumeration) {
        int id = find(enumeration, Libbpf.BTF_KIND_ENUM);
        if (id < 0) {
            return Map.of();
        }
        MemorySegment type = MemorySegment.ofAddress(libbpf.btf__type_by_id(btf, id)).reinterpret(TYPE_BYTES);
        int count = type.get(ValueLayout.JAVA_INT, TYPE_INFO) & 0xffff;
        MemorySegment values = type.reinterpret(TYPE_BYTES + (long) count * ENUM_BYTES);
        Map<Integer, String> names = new HashMap<>();
        for (int i = 0; i < count; i++) {
            long at = TYPE_BYTES + (long) i * ENUM_BYTES;
            names.put(values.get(ValueLayout.JAVA_INT, at + Integer.BYTES),
                    libbpf.btf__name_by_offset(btf, values.get(ValueLayout.JAVA_INT, at)));
        }
        return names;
    }

    private int find(String name, int kind) {
        if (btf == 0) {
            throw new IllegalStateException("The kernel's BTF is closed");
        }
        return libbpf.btf__find_by_name_kind(btf, name, kind);
    }

    @Override
    public void close() {
        if (btf != 0) {
            libbpf.btf__free(btf);
            btf = 0;
        }
    }
}
