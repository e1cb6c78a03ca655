package dev.netflight.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** What a test cannot do without. Where it is missing the test is left out, with the reason. */
final class Needs {
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    private Needs() {}

    /**
     * Permission to load BPF programs, on a kernel that is expected to let a capture start. Nothing else is asked: what
     * such a kernel does not give makes a test fail.
     */
    static void bpf() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "left out: not a Linux machine");
        assumeTrue(capable(CAP_BPF) && capable(CAP_PERFMON),
                "left out: loading BPF programs needs CAP_BPF and CAP_PERFMON (run as root)");
        assumeTrue(kernelSince(5, 8), "left out: this kernel has no BPF ring buffer (5.8)");
    }

    /** A kernel that gives whole packets to tracing programs, {@code bpf_dynptr_from_skb}. */
    static void wholePackets() {
        bpf();
        assumeTrue(kernelSince(6, 12), "left out: this kernel gives tracing programs no whole packets (6.12)");
    }

    static void sendBegin() {
        bpf();
        assumeTrue(kernelSince(6, 16), "left out: this kernel has no tracepoint tcp_sendmsg_locked (6.16)");
    }

    static void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "left out: needs root");
    }

    static void tun() {
        root();
        Path device = Path.of("/dev/net/tun");
        try {
            Files.newByteChannel(device, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
        } catch (IOException absent) {
            assumeTrue(false, "left out: this machine has no TUN devices: " + absent);
        }
    }

    static void tool(String name) {
        assumeTrue(Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))), "left out: " + name + " is not installed");
    }

    private static boolean capable(int capability) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String effective = lines.filter(line -> line.startsWith("CapEff:")).findFirst().orElse("CapEff:\t0");
            return (Long.parseUnsignedLong(effective.substring("CapEff:".length()).strip(), 16) >> capability & 1) != 0;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static boolean kernelSince(int major, int minor) {
        String[] version = System.getProperty("os.version").split("[.-]");
        int running = Integer.parseInt(version[0]) * 1000 + Integer.parseInt(version[1]);
        return running >= major * 1000 + minor;
    }
}
