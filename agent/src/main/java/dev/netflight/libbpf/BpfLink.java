package dev.netflight.libbpf;

/** A program's live attachment. Any thread may close it, once or often. */
public final class BpfLink implements AutoCloseable {
    private final Libbpf libbpf;
    private final String program;
    private long link;

    BpfLink(Libbpf libbpf, String program, long link) {
        this.libbpf = libbpf;
        this.program = program;
        this.link = link;
    }

    /** The name of the attached program. */
    public String program() {
        return program;
    }

    /** Its descriptor, or −1 when it is closed. */
    public synchronized int fd() {
        return link == 0 ? -1 : libbpf.bpf_link__fd(link);
    }

    /** Detaches the program. When this returns no further run of it begins; one that runs on another CPU may still end. */
    @Override
    public synchronized void close() {
        if (link != 0) {
            libbpf.bpf_link__destroy(link);
            link = 0;
        }
    }
}
