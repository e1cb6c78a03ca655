package dev.netflight.jvm;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The JVMs of this machine, as far as they can be seen, containers' among them. */
public final class JavaProcesses {
    private JavaProcesses() {}

    /** {@return all but this one, by their ids} @param jar our own */
    public static List<JavaProcess> all(Path jar) throws IOException {
        List<JavaProcess> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (pid != ProcessHandle.current().pid()) {
                    JavaProcess.of(new ProcessEntry(pid), jar).ifPresent(found::add);
                }
            }
        }
        found.sort(Comparator.comparingLong(JavaProcess::pid));
        return found;
    }

    /**
     * {@return the JVM with this id, ready to be attached to}
     *
     * @throws RefusedException where there is none or it cannot be reached; nothing was done to it
     */
    public static JavaProcess reachable(long pid, Path jar) throws RefusedException {
        if (pid == ProcessHandle.current().pid()) {
            throw new RefusedException("Process " + pid + " is this command itself. Name the JVM to capture; list shows them.");
        }
        ProcessEntry entry = new ProcessEntry(pid);
        if (!entry.exists()) {
            throw new RefusedException("There is no process " + pid + " here. list shows the JVMs that can be reached; a "
                    + "process of a container has another id outside of it.");
        }
        Optional<JavaProcess> found = JavaProcess.of(entry, jar);
        if (found.isEmpty()) {
            throw new RefusedException("Process " + pid + " (" + entry.executable().map(Path::toString)
                    .orElseGet(() -> entry.commandLine().stream().findFirst().orElse("a kernel thread"))
                    + ") is not a JVM. list shows the JVMs that can be reached.");
        }
        JavaProcess jvm = found.get();
        if (jvm.obstacle().isPresent()) {
            throw new RefusedException(sentence(jvm));
        }
        return jvm;
    }

    private static String sentence(JavaProcess jvm) {
        String process = "Process " + jvm.pid();
        return switch (jvm.obstacle().orElseThrow()) {
            case OTHER_USER -> process + " belongs to the user " + jvm.user() + ", and a JVM lets only its own user and root"
                    + " attach. Run this command as " + (jvm.uid() == 0 ? "" : jvm.user() + " (sudo -u " + jvm.user() + " …) or as ")
                    + "root.";
            case STOPPED -> process + " is stopped (SIGSTOP or a debugger) and cannot answer. Let it go on (kill -CONT "
                    + jvm.pid() + ") and try again.";
            case TOO_OLD -> process + " runs on JDK " + jvm.version() + ", and the agent needs JDK " + JavaProcess.NEEDED
                    + " or later. Start the application on a JDK " + JavaProcess.NEEDED + ".";
            case ATTACH_DISABLED -> process + " runs with -XX:+DisableAttachMechanism and lets nobody attach. Start it "
                    + "without that option, or with -javaagent:/path/to/netflight.jar=start,…";
        };
    }
}
