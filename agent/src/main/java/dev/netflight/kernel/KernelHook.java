package dev.netflight.kernel;

/**
 * The hooks in the kernel, in the order in which a capture attaches them: operations first, then the life cycle, packets
 * last, so that no packet is seen whose operation could not be.
 *
 * <p>Which of them a kernel has its BTF decides, not its version; the versions are those of the mainline kernels.
 */
public enum KernelHook {
    SEND_BEGIN("tcp_sendmsg_locked", "handle_send_begin", "6.16", Need.REFINES,
            "the first byte of a send, read under the socket's lock",
            "exact for writers that a lock of the JDK serialises; a call that blocks for long is attributed at its end"),
    SEND_END("sock_send_length", "handle_send_end", "6.3", Need.REPLACEABLE,
            "which bytes a call queued for sending",
            "each captured thread asks by BPF_PROG_RUN after its call, about a microsecond"),
    RECEIVE_END("sock_recv_length", "handle_receive_end", "6.3", Need.REPLACEABLE,
            "which bytes a call consumed",
            "each captured thread asks by BPF_PROG_RUN after its call, about a microsecond"),
    FORK("sched_process_fork", "handle_fork", "2.6.37", Need.SCOPED,
            "processes that the JVM starts, and by which call",
            "a process is known as the JVM's by its ancestors, and not by which call it was started"),
    EXEC("sched_process_exec", "handle_exec", "3.4", Need.SCOPED,
            "the program that a process runs", "a process keeps the name that it had at its first use of a socket"),
    EXIT("sched_process_exit", "handle_exit", "2.6.37", Need.SCOPED,
            "the end of processes", "a process may be taken for an earlier one of the same id"),
    DATAGRAM_SENT("net_dev_queue", "handle_datagram_queued", "3.14", Need.REFINES,
            "which call sent a UDP datagram", "UDP that is sent has no operation"),
    RETRANSMISSION("tcp_retransmit_skb", "handle_retransmission", "4.15", Need.REFINES,
            "segments that are sent again", "no netflight.Retransmission in JFR recordings"),
    SYNACK_AGAIN("tcp_retransmit_synack", "handle_synack_again", "4.15", Need.REFINES,
            "answers to a SYN that are sent again", "no netflight.Retransmission of these in JFR recordings"),
    RESET_SENT("tcp_send_reset", "handle_reset_sent", "4.15", Need.REFINES,
            "resets that are sent", "no netflight.Reset of ours in JFR recordings"),
    RESET_RECEIVED("tcp_receive_reset", "handle_reset_received", "4.15", Need.REFINES,
            "resets that come", "no netflight.Reset of the peer's in JFR recordings"),
    DROP("kfree_skb", "handle_drop", "2.6.30", Need.REFINES,
            "packets that the kernel throws away", "no netflight.PacketDrop in JFR recordings"),
    DATAGRAM_DROPPED("kfree_skb", "handle_datagram_dropped", "2.6.30", Need.REFINES,
            "which UDP datagrams nobody will read", "some of the UDP datagrams that were read after one was dropped have"
                    + " no operation"),
    STATE("inet_sock_set_state", "handle_state", "4.16", Need.REQUIRED,
            "connect, accept and end of each connection", "nothing can be captured"),
    EGRESS("net_dev_start_xmit", "handle_egress", "3.15", PacketBackend.TRACEPOINT,
            "packets that leave, after queueing and segmentation"),
    INGRESS("netif_receive_skb", "handle_ingress", "2.6.37", PacketBackend.TRACEPOINT,
            "packets that arrive, before traffic control and netfilter"),
    TC_EGRESS("tcx/egress", "handle_tc_egress", "6.6", PacketBackend.TC, "packets that leave, before queueing and segmentation"),
    TC_INGRESS("tcx/ingress", "handle_tc_ingress", "6.6", PacketBackend.TC, "packets that arrive, before netfilter"),
    CGROUP_EGRESS("cgroup_skb/egress", "handle_cgroup_egress", "6.2", PacketBackend.CGROUP,
            "packets that leave, behind netfilter, before fragmentation"),
    CGROUP_INGRESS("cgroup_skb/ingress", "handle_cgroup_ingress", "6.2", PacketBackend.CGROUP,
            "packets that arrive, behind netfilter, before the socket's queue");

    /** What its absence means. */
    public enum Need {
        /** No capture without it. */
        REQUIRED,
        /** Another way gives the same at a higher price. */
        REPLACEABLE,
        /** It adds something. */
        REFINES,
        /** Only where other processes than the JVM are followed; it adds something there. */
        SCOPED
    }

    /** Of a hook of another backend the name that its programs' sections have with libbpf. */
    public final String tracepoint;
    final String program;
    /** The first mainline kernel that has it. */
    public final String since;
    public final Need need;
    public final String gives;
    public final String without;
    /** The only backend that needs it; {@code null} where all do. */
    public final PacketBackend backend;

    KernelHook(String tracepoint, String program, String since, Need need, String gives, String without) {
        this.tracepoint = tracepoint;
        this.program = program;
        this.since = since;
        this.need = need;
        this.gives = gives;
        this.without = without;
        this.backend = null;
    }

    /** Takes packets. */
    KernelHook(String hook, String program, String since, PacketBackend backend, String gives) {
        this.tracepoint = hook;
        this.program = program;
        this.since = since;
        this.need = Need.REQUIRED;
        this.gives = gives;
        this.without = "backend=" + backend + " cannot be used";
        this.backend = backend;
    }

    boolean takesPackets() {
        return backend != null;
    }

    /** Sees what threads do to sockets of TCP, and so which connections are in use. */
    boolean seesCalls() {
        return this == SEND_BEGIN || this == SEND_END || this == RECEIVE_END;
    }

    /**
     * Tells of calls, and nothing of packets or of what becomes of connections: as long as nothing is followed it has nothing
     * to tell.
     */
    public boolean tellsOfCalls() {
        return seesCalls() || this == DATAGRAM_SENT || this == DATAGRAM_DROPPED;
    }

    boolean isTracepoint() {
        return backend == null || backend == PacketBackend.TRACEPOINT;
    }

    /** What it is, as a word. */
    String kind() {
        return isTracepoint() ? "tracepoint" : "hook";
    }
}
