package dev.netflight.libbpf;

/**
 * The running kernel's type information ({@code /sys/kernel/btf/vmlinux}): which hooks and types it has. One thread at a
 * time. Reading it takes some 10 ms and 5–10 MB until it is closed.
 */
public final class KernelBtf implements AutoCloseable {
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
