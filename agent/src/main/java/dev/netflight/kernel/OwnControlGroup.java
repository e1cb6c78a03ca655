package dev.netflight.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The folder of the control group (version 2) that this process is in, from {@code /proc/self/cgroup} and
 * {@code /proc/self/mountinfo}.
 *
 * @param folder  {@code null} where there is none that this process can see
 * @param refusal why, with the remedy; {@code null} where there is one
 */
record OwnControlGroup(Path folder, String refusal) {
    private static final Path GROUPS = Path.of("/proc/self/cgroup");
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    /** A line of version 2, which has no number and no controllers. */
    private static final String UNIFIED = "0::";
    /** Fields of mountinfo, proc(5), in front of those that may be several. */
    private static final int ROOT = 3;
    private static final int MOUNT_POINT = 4;

    static OwnControlGroup find() {
        try {
            return of(Files.readString(GROUPS), Files.readString(MOUNTS));
        } catch (IOException unreadable) {
            return none("it cannot be found (" + unreadable.getMessage() + ")");
        }
    }

    static OwnControlGroup of(String groups, String mounts) {
        String group = groups.lines().filter(line -> line.startsWith(UNIFIED)).map(line -> line.substring(UNIFIED.length()))
                .findFirst().orElse(""); // not told before the first mount
        List<String> seen = new ArrayList<>();
        for (String line : mounts.lines().filter(line -> line.contains(" - cgroup2 ")).toList()) {
            String[] fields = line.split(" ");
            String root = fields[ROOT].equals("/") ? "" : fields[ROOT];
            if (group.equals(root) || group.startsWith(root + "/")) {
                Path folder = Path.of(fields[MOUNT_POINT].replace("\\040", " ") + group.substring(root.length()));
                if (isOurs(folder)) {
                    return new OwnControlGroup(folder, null);
                }
            }
            seen.add(fields[MOUNT_POINT]);
        }
        return none(seen.isEmpty() ? "none is mounted here; mount them: mount -t cgroup2 none /sys/fs/cgroup/unified"
                : "this process's (" + group + ") does not show below " + String.join(", ", seen)
                        + "; mount them anew in its control group namespace");
    }

    /** A path that is relative to a namespace may lead to another group. */
    private static boolean isOurs(Path folder) {
        try {
            String pid = Long.toString(ProcessHandle.current().pid());
            return Files.readAllLines(folder.resolve("cgroup.procs")).contains(pid);
        } catch (IOException untold) {
            // of a group of threads the kernel does not tell
            return Files.isDirectory(folder);
        }
    }

    private static OwnControlGroup none(String why) {
        return new OwnControlGroup(null, "backend=cgroup needs control groups of version 2: " + why
                + ", or use another backend.");
    }
}
