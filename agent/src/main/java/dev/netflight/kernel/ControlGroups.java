package dev.netflight.kernel;

import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.ProgramCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The paths of the control groups that this process is in, as the kernel knows them: whole, where a private control group
 * namespace shows {@code /} in {@code /proc/self/cgroup}.
 *
 * @param unified of version 2, such as {@code /system.slice/docker-….scope}
 * @param memory  of version 1's controller {@code memory}; where that is version 2's the same
 */
public record ControlGroups(String unified, String memory) {
    /** {@code CONTROL_GROUP_…} of netflight.h. */
    private static final int LEVELS = 8;
    private static final int NAME = 128;

    static ControlGroups find(KernelPrograms programs) {
        ProgramCalls find = programs.calls("find_control_groups", 8, 1);
        try {
            find.checked(find.run(0, 0));
        } finally {
            find.close();
        }
        BpfMap names = programs.map("control_groups");
        try (Arena arena = Arena.ofConfined()) {
            byte[] both = names.map(arena, false).toArray(ValueLayout.JAVA_BYTE);
            int half = both.length / 2;
            return new ControlGroups(path(Arrays.copyOf(both, half)), path(Arrays.copyOfRange(both, half, both.length)));
        }
    }

    /** The root's name is empty, as is what lies above it. */
    private static String path(byte[] names) {
        StringBuilder path = new StringBuilder();
        for (int level = 0; level < LEVELS; level++) {
            int from = level * NAME;
            int to = from;
            while (to < from + NAME && names[to] != 0) {
                to++;
            }
            if (to > from && names[from] != '/') {
                path.insert(0, "/" + new String(names, from, to - from, StandardCharsets.UTF_8));
            }
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    /** As lines of {@code /proc/self/cgroup}. */
    public String lines() {
        return "\n0::" + unified + "\n1:memory:" + memory + '\n';
    }
}
