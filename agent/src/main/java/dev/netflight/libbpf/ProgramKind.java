package dev.netflight.libbpf;

/**
 * What the kernel must know of a program's instructions to load them.
 *
 * @param type             {@code enum bpf_prog_type} (uapi/linux/bpf.h)
 * @param attachType       {@code enum bpf_attach_type}; 0 where the type needs none
 * @param attachBtfId      the hook in the kernel's BTF; 0 where the type needs none
 * @param flags            {@code BPF_F_…} of {@code BPF_PROG_LOAD}
 */
public record ProgramKind(int type, int attachType, int attachBtfId, int flags) {
    private static final int BPF_PROG_TYPE_SCHED_CLS = 3;
    private static final int BPF_PROG_TYPE_CGROUP_SKB = 8;
    private static final int BPF_PROG_TYPE_RAW_TRACEPOINT = 17;
    private static final int BPF_PROG_TYPE_TRACING = 26;
    private static final int BPF_PROG_TYPE_SYSCALL = 31;
    private static final int BPF_TRACE_RAW_TP = 23;
    private static final int BPF_F_SLEEPABLE = 1 << 4;

    /** A program that only {@link ProgramRun} runs. */
    public static final ProgramKind RAW_TRACEPOINT = new ProgramKind(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, 0);

    /** The same of type syscall, which can be run and not attached. */
    public static final ProgramKind SYSCALL = new ProgramKind(BPF_PROG_TYPE_SYSCALL, 0, 0, BPF_F_SLEEPABLE);

    /** For TCX links. */
    public static final ProgramKind TRAFFIC_CONTROL = new ProgramKind(BPF_PROG_TYPE_SCHED_CLS, 0, 0, 0);

    /** For packets of sockets of a control group. @param attachType BPF_CGROUP_INET_INGRESS or …_EGRESS */
    public static ProgramKind cgroupSkb(int attachType) {
        return new ProgramKind(BPF_PROG_TYPE_CGROUP_SKB, attachType, 0, 0);
    }

    /** {@code tp_btf}. @param attachBtfId as {@link KernelBtf#tracepointId} gives it */
    public static ProgramKind tracepoint(int attachBtfId) {
        return new ProgramKind(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, attachBtfId, 0);
    }
}
