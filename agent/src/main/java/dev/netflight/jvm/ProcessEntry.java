package dev.netflight.jvm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What proc(5) tells of one process, as far as we are allowed to see. A process can end at any time: then what is asked for is
 * empty.
 */
final class ProcessEntry {
    private static final int LONGEST_TEXT = 1 << 20;
    private static final String LIBJVM = "/libjvm.so";

    private final long pid;
    private final Path folder;

    ProcessEntry(long pid) {
        this.pid = pid;
        this.folder = Path.of("/proc", Long.toString(pid));
    }

    long pid() {
        return pid;
    }

    boolean exists() {
        return Files.isDirectory(folder);
    }

    /** {@return the effective user id, -1 where the process is gone} */
    long uid() {
        String[] ids = status("Uid").split("\\s+");
        return ids.length < 2 ? -1 : Long.parseLong(ids[1]);
    }

    /** {@return the effective group id, -1 where the process is gone} */
    long gid() {
        String[] ids = status("Gid").split("\\s+");
        return ids.length < 2 ? -1 : Long.parseLong(ids[1]);
    }

    /** {@return its pid in its own PID namespace} */
    long innerPid() {
        String[] pids = status("NSpid").split("\\s+");
        return pids[pids.length - 1].isEmpty() ? pid : Long.parseLong(pids[pids.length - 1]);
    }

    /** {@return R, S, D, T, Z … of proc(5), a blank where the process is gone} */
    char state() {
        String state = status("State");
        return state.isEmpty() ? ' ' : state.charAt(0);
    }

    /** {@return the words of its command line} A zombie and a kernel thread have none. */
    List<String> commandLine() {
        return zeroSeparated("cmdline");
    }

    /** {@return its environment as it was at its start; empty where it may not be read} */
    List<String> environment() {
        return zeroSeparated("environ");
    }

    /** {@return its root folder as we can open it; empty where we may not} */
    Optional<Path> root() {
        Path root = folder.resolve("root");
        try {
            Files.newDirectoryStream(root).close();
            return Optional.of(root);
        } catch (IOException | RuntimeException notAllowed) {
            return Optional.empty();
        }
    }

    /** {@return whether it sees the files that we see; where that is not known, yes} */
    boolean sharesMounts() {
        try {
            return Files.readSymbolicLink(folder.resolve("ns/mnt"))
                    .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")))
                    && Files.isSameFile(folder.resolve("root"), Path.of("/"));
        } catch (IOException | RuntimeException notAllowed) {
            return true;
        }
    }

    /** {@return whether it is in the same namespace; where that is not known, yes} @param kind {@code user}, {@code net} … */
    boolean sharesNamespace(String kind) {
        try {
            return Files.readSymbolicLink(folder.resolve("ns").resolve(kind))
                    .equals(Files.readSymbolicLink(Path.of("/proc/self/ns", kind)));
        } catch (IOException | RuntimeException notAllowed) {
            return true;
        }
    }

    /** {@return whether seccomp is in its mode 2} */
    boolean hasSystemCallFilter() {
        return status("Seccomp").equals("2");
    }

    /** {@return its effective capabilities, a bit for each; 0 where the process is gone} */
    long capabilities() {
        String mask = status("CapEff");
        return mask.isEmpty() ? 0 : Long.parseUnsignedLong(mask, 16);
    }

    /** {@return whether HotSpot is mapped into it; empty where that may not be seen} */
    Optional<Boolean> hasHotSpot() {
        try (BufferedReader maps = Files.newBufferedReader(folder.resolve("maps"), StandardCharsets.ISO_8859_1)) {
            for (String line = maps.readLine(); line != null; line = maps.readLine()) {
                if (line.endsWith(LIBJVM) || line.endsWith(LIBJVM + " (deleted)")) {
                    return Optional.of(true);
                }
            }
            return Optional.of(false);
        } catch (AccessDeniedException notAllowed) {
            return Optional.empty();
        } catch (IOException goneOrDenied) {
            return exists() ? Optional.empty() : Optional.of(false);
        }
    }

    /** {@return the program it runs; empty where that may not be seen, and for a kernel thread} */
    Optional<Path> executable() {
        try {
            return Optional.of(Files.readSymbolicLink(folder.resolve("exe")));
        } catch (IOException | RuntimeException notAllowed) {
            return Optional.empty();
        }
    }

    /** {@return whether one of its threads has a name that fits; names are cut to 15 bytes, anybody may read them} */
    boolean hasThread(Predicate<String> name) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(folder.resolve("task"))) {
            for (Path task : tasks) {
                if (name.test(text(task.resolve("comm")).strip())) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException gone) {
            // then it has none
        }
        return false;
    }

    /** {@return the files that it holds open, as links; empty where we may not see} */
    Optional<List<Path>> openFiles() {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                files.add(descriptor);
            }
        } catch (IOException | RuntimeException notAllowed) {
            return Optional.empty();
        }
        return Optional.of(files);
    }

    private String status(String key) {
        return text(folder.resolve("status")).lines().filter(line -> line.startsWith(key + ":")).findFirst()
                .map(line -> line.substring(key.length() + 1).strip()).orElse("");
    }

    private List<String> zeroSeparated(String file) {
        String text = text(folder.resolve(file));
        return text.isEmpty() ? List.of() : List.of(text.split("\0"));
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST_TEXT), StandardCharsets.UTF_8);
        } catch (IOException | RuntimeException gone) {
            return "";
        }
    }
}
