package dev.netflight.libbpf;

/** A program's live attachment. Any thread may close it, once or often. */
public final class BpfLink implements AutoCloseable {
    private final Libbpf libbpf;
    private final String program;
    /** libbpf's {@code bpf_link}; 0 when it is closed, or where there is only a descriptor. */
    private long link;
    private int descriptor = -1;

    BpfLink(Libbpf libbpf, String program, long link) {
        this.libbpf = libbpf;
        this.program = program;
        this.link = link;
    }

    /** A link of which libbpf does not know. @param descriptor is closed with it */
    public static BpfLink ofDescriptor(Libbpf libbpf, String program, int descriptor) {
        BpfLink made = new BpfLink(libbpf, program, 0);
        made.descriptor = descriptor;
        return made;
    }

    /** The name of the attached program. */
    public String program() {
        return program;
    }

    /** Its descriptor, or −1 when it is closed. */
    public synchronized int fd() {
        return link == 0 ? descriptor : libbpf.bpf_link__fd(link);
    }

    /** Detaches the program. When this returns no further run of it begins; one that runs on another CPU may still end. */
    @Override
    public synchronized void close() {
        if (link != 0) {
            libbpf.bpf_link__destroy(link);
            link = 0;
        }
        if (descriptor >= 0) {
            Libc.close(descriptor);
            descriptor = -1;
        }
    }
}
