package dev.netflight.kernel;

/** Where a capture takes packets, in the order in which {@code auto} tries. Numbered as in {@code bpf/src/backends.h}. */
public enum PacketBackend {
    TRACEPOINT("tracepoint", "at the devices of every network namespace"),
    TC("tc", "at the devices of the JVM's network namespace, by TCX links"),
    CGROUP("cgroup", "at the sockets of the JVM's control group, from the IP header on");

    /** As the option {@code backend} has it. */
    public final String title;
    /** Where it sees packets. */
    public final String sees;

    PacketBackend(String title, String sees) {
        this.title = title;
        this.sees = sees;
    }

    @Override
    public String toString() {
        return title;
    }
}
