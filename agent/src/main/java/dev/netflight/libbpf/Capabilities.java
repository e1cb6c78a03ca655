package dev.netflight.libbpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What this process may do with BPF: the effective capabilities of its threads, from {@code /proc/self/status}.
 *
 * @param effective bit mask of {@code CapEff}; 0 if it could not be read
 * @param seccomp whether a seccomp filter is in place ({@code Seccomp: 2}), as in most containers; it may refuse bpf(2)
 *         whatever the capabilities are
 */
public record Capabilities(long effective, boolean seccomp) {
    /** Numbers from {@code uapi/linux/capability.h}; CAP_PERFMON and CAP_BPF exist since Linux 5.8. */
    public static final int CAP_NET_ADMIN = 12;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_RESOURCE = 24;
    public static final int CAP_PERFMON = 38;
    public static final int CAP_BPF = 39;

    /** Reads them anew. Never fails. */
    public static Capabilities current() {
        long effective = 0;
        boolean seccomp = false;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                } else if (line.startsWith("Seccomp:")) {
                    seccomp = line.substring(8).strip().equals("2");
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            // no /proc: nothing known, which reads as "nothing allowed"
        }
        return new Capabilities(effective, seccomp);
    }

    public boolean has(int capability) {
        return (effective >>> capability & 1) != 0;
    }

    /** Names of what loading tracing programs needs and this process lacks: of CAP_BPF and CAP_PERFMON; empty with CAP_SYS_ADMIN. */
    public List<String> missingForTracing() {
        List<String> missing = new ArrayList<>();
        if (!has(CAP_SYS_ADMIN)) {
            if (!has(CAP_BPF)) {
                missing.add("CAP_BPF");
            }
            if (!has(CAP_PERFMON)) {
                missing.add("CAP_PERFMON");
            }
        }
        return missing;
    }
}
