package dev.netflight.jvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process with a JVM in it, as the process file system and the JVM's performance data show it. Nothing here makes the JVM do
 * anything.
 *
 * @param user     the user's name, else the number
 * @param program  main class, or the path of the jar; empty where that is not known
 * @param version  of its JDK, such as {@code 25.0.3}; empty where it is not known
 * @param presence whether Netflight is in it
 * @param obstacle why it cannot be reached, for a table; empty where nothing is in the way
 */
public record JavaProcess(long pid, long uid, String user, String program, String version, Presence presence,
        Optional<Obstacle> obstacle) {
    /** The JDK that the agent needs. */
    public static final int NEEDED = 25;

    /** Whether Netflight is in a JVM. */
    public enum Presence {
        NONE, ARMED, CAPTURING, UNKNOWN
    }

    /** What is in the way to a JVM. */
    public enum Obstacle {
        OTHER_USER("another user's"), TOO_OLD("JDK older than " + NEEDED), ATTACH_DISABLED("attach disabled"),
        STOPPED("stopped");

        private final String words;

        Obstacle(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** HotSpot gives it to the operating system cut to 15 bytes, some versions with dots in the middle. */
    private static final List<String> CAPTURE_THREAD = List.of("netflight-captu", "netflig..apture");

    /**
     * {@return what is known of a process, or nothing if no JVM runs in it}
     *
     * @param jar our own, by whose file the agent is recognised under whatever name
     */
    static Optional<JavaProcess> of(ProcessEntry entry, Path jar) {
        boolean hotSpot = entry.hasHotSpot().orElseGet(() -> isLauncher(entry.commandLine()));
        long uid = entry.uid();
        if (!hotSpot || uid < 0) {
            return Optional.empty();
        }
        Map<String, String> data = perfData(entry);
        String version = data.getOrDefault("java.property.java.version", versionOfRelease(entry));
        String program = program(entry, data);
        return Optional.of(new JavaProcess(entry.pid(), uid, Users.name(uid), program, version,
                isFile(program, jar) ? Presence.NONE : presence(entry, jar), obstacle(entry, uid, version, data)));
    }

    /** A command line of ours has the jar open too. */
    private static boolean isFile(String program, Path file) {
        try {
            return program.endsWith(".jar") && Files.isSameFile(Path.of(program), file);
        } catch (IOException | RuntimeException elsewhere) {
            return false;
        }
    }

    private static boolean isLauncher(List<String> commandLine) {
        return !commandLine.isEmpty() && (commandLine.getFirst().equals("java") || commandLine.getFirst().endsWith("/java"));
    }

    private static Optional<Obstacle> obstacle(ProcessEntry entry, long uid, String version, Map<String, String> data) {
        if (Users.own() != 0 && Users.own() != uid) {
            return Optional.of(Obstacle.OTHER_USER);
        }
        if (entry.state() == 'T' || entry.state() == 't') {
            return Optional.of(Obstacle.STOPPED);
        }
        if (feature(version) != 0 && feature(version) < NEEDED) {
            return Optional.of(Obstacle.TOO_OLD);
        }
        return attachDisabled(entry, data) ? Optional.of(Obstacle.ATTACH_DISABLED) : Optional.empty();
    }

    /** Asked before any attempt: a JVM that does not take part answers the signal with a thread dump on its console. */
    private static boolean attachDisabled(ProcessEntry entry, Map<String, String> data) {
        if (data.getOrDefault("sun.rt.jvmCapabilities", "1").startsWith("0")) {
            return true;
        }
        String options = data.getOrDefault("java.rt.vmArgs", "") + ' ' + String.join(" ", entry.commandLine()) + ' '
                + String.join(" ", entry.environment().stream()
                        .filter(variable -> variable.startsWith("JAVA_TOOL_OPTIONS=")
                                || variable.startsWith("JDK_JAVA_OPTIONS=") || variable.startsWith("_JAVA_OPTIONS="))
                        .toList());
        return options.contains("-XX:+DisableAttachMechanism");
    }

    private static Presence presence(ProcessEntry entry, Path jar) {
        if (entry.hasThread(CAPTURE_THREAD::contains)) {
            return Presence.CAPTURING;
        }
        Optional<List<Path>> files = entry.openFiles();
        if (files.isEmpty()) {
            return Presence.UNKNOWN;
        }
        for (Path file : files.get()) {
            try {
                String name = Files.readSymbolicLink(file).getFileName().toString();
                if (name.endsWith(".jar") && (name.startsWith("netflight") || Files.isSameFile(file, jar))) {
                    return Presence.ARMED;
                }
            } catch (IOException | RuntimeException closedMeanwhile) {
                // or not a file
            }
        }
        return Presence.NONE;
    }

    /** The main class or jar, without its arguments, which may hold secrets. */
    private static String program(ProcessEntry entry, Map<String, String> data) {
        String command = data.getOrDefault("sun.rt.javaCommand", "").strip();
        if (!command.isEmpty()) {
            int end = command.indexOf(' ');
            return end < 0 ? command : command.substring(0, end);
        }
        List<String> words = entry.commandLine();
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens",
                        "--add-exports", "--add-reads", "--limit-modules", "--upgrade-module-path" -> i++;
                case "-jar", "-m", "--module" -> { }
                default -> {
                    if (!words.get(i).startsWith("-") && !words.get(i).startsWith("@")) {
                        return words.get(i);
                    }
                }
            }
        }
        return entry.executable().map(file -> file.getFileName().toString()).orElse("");
    }

    /** The file {@code hsperfdata_USER/PID}, of which there is one unless the JVM runs with {@code -XX:-UsePerfData}. */
    private static Map<String, String> perfData(ProcessEntry entry) {
        Path root = entry.root().orElse(Path.of("/"));
        String name = Long.toString(entry.innerPid());
        try (TargetFiles tmp = TargetFiles.open(root, "tmp")) {
            for (Path user : tmp.names()) {
                String folder = user.getFileName().toString();
                if (!folder.startsWith("hsperfdata_")) {
                    continue;
                }
                try (TargetFiles files = TargetFiles.open(root, "tmp", folder)) {
                    if (files.exists(name)) {
                        return PerfData.strings(files.read(name, PerfData.LONGEST));
                    }
                } catch (IOException notOurs) {
                    // another user's folder
                }
            }
        } catch (IOException | RuntimeException hidden) {
            // do without
        }
        return Map.of();
    }

    /** {@return what the JDK's own file says, for a JVM without performance data} */
    private static String versionOfRelease(ProcessEntry entry) {
        Path launcher = entry.executable().orElse(null);
        Path root = entry.root().orElse(null);
        if (launcher == null || root == null || launcher.getNameCount() < 3) {
            return "";
        }
        Path home = launcher.getParent().getParent();
        String[] names = new String[home.getNameCount()];
        for (int i = 0; i < names.length; i++) {
            names[i] = home.getName(i).toString();
        }
        try (TargetFiles files = TargetFiles.open(root, names)) {
            String release = new String(files.read("release", 1 << 16), StandardCharsets.UTF_8);
            return release.lines().filter(line -> line.startsWith("JAVA_VERSION=")).findFirst()
                    .map(line -> line.substring("JAVA_VERSION=".length()).replace("\"", "").strip()).orElse("");
        } catch (IOException | RuntimeException unknown) {
            return "";
        }
    }

    /** {@return 25 of {@code 25.0.3} and {@code 25-ea}, 8 of {@code 1.8.0_402}, 0 of what is no version} */
    static int feature(String version) {
        String[] parts = version.split("[^0-9]+", 3);
        try {
            int first = parts[0].isEmpty() ? 0 : Integer.parseInt(parts[0]);
            return first == 1 && parts.length > 1 ? Integer.parseInt(parts[1]) : first;
        } catch (NumberFormatException absurd) {
            return 0;
        }
    }
}
