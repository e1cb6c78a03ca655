package dev.netflight.control;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a container's id and its pod's UID from the texts of {@code /proc/self/cgroup} and {@code /proc/self/mountinfo}.
 *
 * <p>The cgroup's path is the truth where it shows: without a cgroup namespace, and where a kernel program has told it. In a
 * private cgroup namespace, the default on version 2, {@code /proc} shows only {@code /}; without the kernel's word the
 * files that docker and podman mount into the container give its id away. Under Kubernetes those files belong to the pod's
 * sandbox and are not the container's, and a docker container that shares another's network ({@code --network
 * container:…}) has that one's.
 *
 * @param id     64 hexadecimal digits (on AWS Fargate 32, a hyphen and a number), or {@code null}
 * @param podUid as Kubernetes writes it, with hyphens, or {@code null}
 */
record ContainerFacts(String id, String podUid) {
    private static final String ID = "([0-9a-f]{64}|[0-9a-f]{32}-[0-9]{6,12})";

    /**
     * The last of a path's parts that is a container, in the forms
     * {@code <id>} (cgroupfs driver of docker, containerd, cri-o, podman, ECS),
     * {@code docker-<id>.scope}, {@code cri-containerd-<id>.scope}, {@code crio-<id>.scope}, {@code libpod-<id>.scope},
     * {@code nerdctl-<id>.scope} (systemd driver), and {@code …:cri-containerd:<id>} (containerd below another slice).
     * {@code libpod-conmon-<id>} and {@code crio-conmon-<id>} are the monitors beside the container.
     */
    private static final Pattern IN_CGROUP = Pattern.compile(
            "(?:^|/)(?:(?:docker|cri-containerd|crio|libpod|nerdctl)-|[^/]*:[a-z-]+:)?" + ID + "(?:\\.scope)?(?=/|$)");

    /** Static pods are named by a hash; all others by a UUID, whose hyphens a systemd slice must replace. */
    private static final String UID =
            "([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})";

    private static final Pattern POD_IN_CGROUP = Pattern.compile("(?:/|-)pod" + UID + "(?:\\.slice)?(?=[/:]|$)");

    private static final Pattern POD_IN_MOUNTS = Pattern.compile("/pods/" + UID + "/(?:etc-hosts|containers/|volumes/)");

    private static final Pattern IN_MOUNTS = Pattern.compile("/(?:containers|overlay-containers)/" + ID
            + "/(?:userdata/)?(?:hostname|hosts|resolv\\.conf|\\.containerenv)$");

    /** {@return what the two texts tell; a text may be {@code null}} */
    static ContainerFacts of(String cgroup, String mountinfo) {
        String podUid = cgroupPaths(cgroup).map(path -> last(POD_IN_CGROUP, path)).flatMap(Optional::stream).findFirst()
                .or(() -> mounts(mountinfo).map(mount -> last(POD_IN_MOUNTS, mount.root)).flatMap(Optional::stream)
                        .findFirst())
                .map(uid -> uid.replace('_', '-')).orElse(null);
        String id = cgroupPaths(cgroup).map(path -> last(IN_CGROUP, path)).flatMap(Optional::stream).findFirst()
                .or(() -> podUid != null ? Optional.empty() : idFromMounts(mountinfo)).orElse(null);
        return new ContainerFacts(id, podUid);
    }

    /** Lines are {@code number:controllers:path}; version 2's, which has no controllers, is asked first. */
    private static Stream<String> cgroupPaths(String cgroup) {
        return Optional.ofNullable(cgroup).stream().flatMap(String::lines).map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .sorted((a, b) -> Boolean.compare(b[1].isEmpty(), a[1].isEmpty())).map(parts -> parts[2]);
    }

    /** In a podman pod the name service's files are the infra container's, and only the first two are one's own. */
    private static Optional<String> idFromMounts(String mountinfo) {
        return Stream.of("/run/.containerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
                .flatMap(point -> mounts(mountinfo).filter(mount -> mount.point.equals(point)))
                .map(mount -> last(IN_MOUNTS, mount.root)).flatMap(Optional::stream).findFirst();
    }

    /** proc(5): mount id, parent id, device, root within the file system, mount point, … */
    private static Stream<Mount> mounts(String mountinfo) {
        return Optional.ofNullable(mountinfo).stream().flatMap(String::lines).map(line -> line.split(" ", 6))
                .filter(parts -> parts.length == 6).map(parts -> new Mount(parts[3], parts[4]));
    }

    private record Mount(String root, String point) {}

    private static Optional<String> last(Pattern pattern, String path) {
        Matcher matcher = pattern.matcher(path);
        String found = null;
        while (matcher.find()) {
            found = matcher.group(1);
        }
        return Optional.ofNullable(found);
    }
}
