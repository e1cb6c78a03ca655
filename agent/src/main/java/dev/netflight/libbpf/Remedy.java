package dev.netflight.libbpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What to do about a failure. Looks at this process and this kernel, so that the advice fits; never fails itself. */
final class Remedy {
    private Remedy() {
    }

    /** One or two sentences, or empty. */
    static String of(String function, int errno, String log) {
        boolean bpf = function.startsWith("bpf_") || function.startsWith("btf_");
        if (!bpf) {
            return switch (errno) {
                case 23, 24 -> "Raise the limit of open files (ulimit -n)."; // ENFILE, EMFILE
                case Errno.ENOMEM -> "Raise the container's memory limit or choose a smaller ring.";
                default -> "";
            };
        }
        if (function.startsWith("bpf_map_") && errno != Errno.EPERM) {
            return errno == Errno.E2BIG || errno == Errno.ENOSPC ? "The map is full." : "";
        }
        boolean load = function.equals("bpf_object__load") || function.equals("bpf_prog_load");
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> permission(function, errno, log);
            case Errno.ENOENT, Errno.ESRCH -> missing(function, log);
            case Errno.ENOMEM -> "The kernel refused memory: raise the container's memory limit or, before Linux 5.11, the limit"
                    + " of locked memory (ulimit -l unlimited), or choose a smaller ring.";
            case Errno.E2BIG -> "The kernel's verifier gave up on the program's size. Please report this with the kernel's version.";
            case Errno.ENOSYS -> "This kernel has no bpf(2) (CONFIG_BPF_SYSCALL), or a seccomp filter hides it.";
            case Errno.EINVAL -> verifier(log) ? rejected()
                    : !load && !function.equals("bpf_program__attach") ? ""
                    : "This kernel most likely lacks a feature that is asked for here (see the requirements).";
            case Errno.EOPNOTSUPP, Errno.ENOTSUPP -> load
                    ? "This kernel does not support it; tracing programs need the BPF JIT (sysctl net.core.bpf_jit_enable=1)."
                    : "This kernel does not support it.";
            case Errno.ENOSPC -> verifier(log) ? "" : "A table of the kernel is full.";
            default -> verifier(log) ? rejected() : "";
        };
    }

    private static String permission(String function, int errno, String log) {
        Capabilities capabilities = Capabilities.current();
        List<String> missing = capabilities.missingForTracing();
        if (!missing.isEmpty()) {
            return "The process lacks " + String.join(" and ", missing)
                    + ": run it as root, or give it the capabilities (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON;"
                    + " a container: cap-add BPF and PERFMON), or let root load the programs for it: sudo java -jar netflight.jar"
                    + " start PID.";
        }
        if (errno == Errno.EACCES && verifier(log)) {
            return rejected();
        }
        if (function.equals("bpf_link_create")) {
            return "Another program holds the control group, or one above it, for itself alone (bpftool cgroup tree shows it), or the"
                    + " process is in a user namespace: use backend=tracepoint.";
        }
        String lockdown = read("/sys/kernel/security/lockdown");
        if (lockdown.contains("[confidentiality]")) {
            return "The kernel is locked down (confidentiality), which forbids BPF to read kernel memory: boot with lockdown=integrity.";
        }
        if (capabilities.seccomp()) {
            return "The process has the capabilities, so its seccomp filter refuses bpf(2): allow bpf in the container's seccomp"
                    + " profile.";
        }
        return "The process has the capabilities, so look for a user namespace (they count only in the first one), for"
                + " SELinux or AppArmor (ausearch -m avc, dmesg), and for kernel.unprivileged_bpf_disabled.";
    }

    private static String missing(String function, String log) {
        if (!Files.exists(Path.of("/sys/kernel/btf/vmlinux"))) {
            return "The kernel has no BTF (/sys/kernel/btf/vmlinux is absent): it must be built with CONFIG_DEBUG_INFO_BTF=y,"
                    + " and /sys must be mounted.";
        }
        if (function.contains("find_")) {
            return "The BPF object and the agent are not of the same build.";
        }
        return log.isEmpty() ? "" : "This kernel lacks the named hook.";
    }

    private static String rejected() {
        return "The kernel's verifier refused the program; its whole log is kept. Please report it with the kernel's version.";
    }

    private static boolean verifier(String log) {
        return log.contains(LibbpfLog.BEGIN);
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException | SecurityException unreadable) {
            return "";
        }
    }
}
