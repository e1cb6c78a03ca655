package dev.netflight.control;

import dev.netflight.model.ProcessInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Who this process is: what each captured packet says of it. Read once, when a capture starts, from files that every
 * process may read about itself; no process is started and nothing is asked of a container runtime.
 *
 * <p>A file that is missing, unreadable or strange leaves out what it would have told, and nothing else. What other
 * people wrote (arguments, environment) comes out on one line, without control characters, and bounded.
 */
public final class ProcessFacts {
    /** {@code /proc/self/mountinfo} of a node with a thousand pods stays below. */
    private static final int LONGEST_FILE = 1 << 20;

    /** Arguments stand in every packet's comment; a class path of 100 KB is not worth it. */
    static final int LONGEST_ARGUMENTS = 1024;

    private static final String CUT = "...";

    private ProcessFacts() {}

    /** {@return the facts about this JVM's own process} */
    public static ProcessInfo read() {
        return read("");
    }

    /**
     * {@return the facts about this JVM's own process}
     *
     * @param controlGroups lines to add to {@code /proc/self/cgroup}, which may hide what the kernel knows
     */
    static ProcessInfo read(String controlGroups) {
        return read(Path.of("/"), "self", (int) ProcessHandle.current().pid(), controlGroups, environment());
    }

    /**
     * {@return what {@code /proc} tells of another process, all unknown if it has ended} Its pod's name, which stands in an
     * environment, is left out.
     *
     * @param folder its id as that {@code /proc} counts
     */
    static ProcessInfo readOther(Path root, int folder) {
        return read(root, Integer.toString(folder), folder, "", Map.of());
    }

    /**
     * {@return the facts about a process}
     *
     * @param root        the folder that holds {@code proc}, {@code etc} and {@code var}
     * @param pid         its id, in its own PID namespace
     * @param environment its environment
     */
    static ProcessInfo read(Path root, int pid, Map<String, String> environment) {
        return read(root, "self", pid, "", environment);
    }

    /** The same about the process that {@code /proc} shows in a folder. */
    private static ProcessInfo read(
            Path root, String folder, int pid, String controlGroups, Map<String, String> environment) {
        Path proc = root.resolve("proc");
        Path self = proc.resolve(folder);
        String status = text(self.resolve("status"));
        int parent = parentPid(status);
        Path parentFolder = proc.resolve(Integer.toString(parent));
        int number = integer(linkText(proc.resolve("self")));
        boolean isOurNumber = number < 0 || number == pid || !folder.equals("self");
        String mounts = text(self.resolve("mountinfo"));
        ContainerFacts container = ContainerFacts.of(
                Objects.requireNonNullElse(text(self.resolve("cgroup")), "") + controlGroups, mounts);
        Pod pod = pod(container.podUid(), environment,
                text(root.resolve("var/run/secrets/kubernetes.io/serviceaccount/namespace")),
                text(root.resolve("etc/hosts")), text(proc.resolve("sys/kernel/hostname")));
        return new ProcessInfo(pid,
                link(self.resolve("exe")),
                arguments(text(self.resolve("cmdline"))),
                effectiveUserId(status),
                // where /proc was mounted for another PID namespace its numbers are not those that we count by
                isOurNumber ? parent : -1,
                // Following another's exe needs ptrace access to it: unknown when it is another user's.
                parent < 0 ? null : link(parentFolder.resolve("exe")),
                parent < 0 ? null : arguments(text(parentFolder.resolve("cmdline"))),
                container.id(), pod.name, pod.namespace, container.podUid());
    }

    /**
     * {@return a command line as people write it, at most {@value #LONGEST_ARGUMENTS} characters, or {@code null}}
     *
     * @param cmdline the arguments, each with a zero byte behind it; proc(5)
     */
    static String arguments(String cmdline) {
        return clean(cmdline, LONGEST_ARGUMENTS);
    }

    /** {@return the second of the four ids of {@code Uid:} in {@code /proc/self/status}, or -1} */
    static int effectiveUserId(String status) {
        String[] ids = statusLine(status, "Uid:").split("\\s+");
        return ids.length < 2 ? -1 : integer(ids[1]);
    }

    /** {@return the parent's process id, or -1 when there is none in this PID namespace} */
    static int parentPid(String status) {
        int pid = integer(statusLine(status, "PPid:"));
        return pid == 0 ? -1 : pid;
    }

    /**
     * {@return what is known of the pod, each part {@code null} where it is not}
     *
     * <p>What the pod's author put into the environment by the downward API counts first. Without that, the host name is
     * the pod's name unless it shares the node's network; that is told by the head of the hosts file, which the kubelet
     * writes.
     */
    static Pod pod(String podUid, Map<String, String> environment, String accountNamespace, String hosts,
            String hostname) {
        String name = clean(environment.get("POD_NAME"), LONGEST_ARGUMENTS);
        String namespace = clean(environment.get("POD_NAMESPACE"), LONGEST_ARGUMENTS);
        boolean inPod = podUid != null || name != null || environment.containsKey("KUBERNETES_SERVICE_HOST");
        if (!inPod) {
            return new Pod(null, null);
        }
        boolean nodesNetwork = hosts != null && hosts.startsWith("# Kubernetes-managed hosts file (host network)");
        if (name == null && !nodesNetwork) {
            name = clean(environment.get("HOSTNAME"), LONGEST_ARGUMENTS);
            name = name != null ? name : clean(hostname, LONGEST_ARGUMENTS);
        }
        return new Pod(name, namespace != null ? namespace : clean(accountNamespace, LONGEST_ARGUMENTS));
    }

    /**
     * @param name      {@code null} where it is not known
     * @param namespace {@code null} where it is not known
     */
    record Pod(String name, String namespace) {}

    private static String statusLine(String status, String label) {
        return Optional.ofNullable(status).stream().flatMap(String::lines).filter(line -> line.startsWith(label))
                .map(line -> line.substring(label.length()).strip()).findFirst().orElse("");
    }

    private static int integer(String text) {
        try {
            // A user id may be as large as 2^32 - 2; the overflow id of a user namespace is small.
            return Integer.parseUnsignedInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** One line without control characters: they would forge further lines of a packet's comment. */
    private static String clean(String text, int longest) {
        if (text == null) {
            return null;
        }
        // What is far behind the cut need not be looked at; no cut through a surrogate pair.
        String line = text.substring(0, Math.min(text.length(), 2 * longest)).replaceAll("[\\p{Cntrl}\\x{2028}\\x{2029}]",
                " ").strip();
        if (line.length() > longest) {
            int end = longest - CUT.length();
            line = line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end) + CUT;
        }
        return line.isEmpty() ? null : line;
    }

    private static String linkText(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }

    private static String link(Path link) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            // The kernel marks a file that was replaced, as a package upgrade does, in its name.
            String deleted = " (deleted)";
            return clean(target.endsWith(deleted) ? target.substring(0, target.length() - deleted.length()) : target,
                    4 * LONGEST_ARGUMENTS);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST_FILE), StandardCharsets.UTF_8);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static Map<String, String> environment() {
        try {
            return System.getenv();
        } catch (RuntimeException e) {
            return Map.of();
        }
    }
}
