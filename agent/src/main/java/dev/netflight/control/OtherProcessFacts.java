package dev.netflight.control;

import dev.netflight.attribute.Attributor;
import dev.netflight.model.ProcessEvent;
import dev.netflight.model.ProcessInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Facts about followed processes other than the JVM: from {@code /proc} where the process still lives, else what the
 * kernel's program saw of it. Capture thread only, never on the application's: a look-up takes some 200 µs, once for each
 * program that a process runs.
 */
final class OtherProcessFacts implements Attributor.ProcessSource {
    private static final int PARENTS = 1_024;

    /** Whose numbers the folders of {@code /proc} are, which may have been mounted for another PID namespace. */
    private enum Numbers {
        OURS, HOSTS, UNKNOWN
    }

    private final Path root;
    private final ProcessInfo own;
    private final int ownTgid;
    private final Numbers numbers;
    /** Processes told of, by tgid: a parent may have ended before its child is asked for. */
    private final LinkedHashMap<Integer, ProcessInfo> told = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, ProcessInfo> eldest) {
            return size() > PARENTS;
        }
    };

    /**
     * @param own     the JVM's
     * @param ownTgid its id as the initial PID namespace counts
     */
    OtherProcessFacts(ProcessInfo own, int ownTgid) {
        this(Path.of("/"), own, ownTgid);
    }

    OtherProcessFacts(Path root, ProcessInfo own, int ownTgid) {
        this.root = root;
        this.own = own;
        this.ownTgid = ownTgid;
        this.numbers = numbers(root, own.pid(), ownTgid);
    }

    private static Numbers numbers(Path root, int ownPid, int ownTgid) {
        try {
            int self = Integer.parseInt(Files.readSymbolicLink(root.resolve("proc/self")).toString());
            return self == ownPid ? Numbers.OURS : self == ownTgid ? Numbers.HOSTS : Numbers.UNKNOWN;
        } catch (IOException | RuntimeException unreadable) {
            return Numbers.UNKNOWN;
        }
    }

    @Override
    public ProcessInfo of(ProcessEvent event) {
        int folder = folder(event.pid(), event.tgid());
        ProcessInfo found = folder > 0 ? ProcessFacts.readOther(root, folder) : null;
        if (found != null && found.command() == null && found.arguments() == null) {
            found = null; // it has ended
        }
        String seen = ProcessFacts.arguments(event.arguments());
        String command = !event.file().isEmpty() ? event.file() : event.comm();
        ProcessInfo parent = parent(event);
        boolean sameContainer = found == null || found.containerId() == null
                || found.containerId().equals(own.containerId());
        ProcessInfo info = new ProcessInfo(event.pid() > 0 ? event.pid() : -1,
                found != null && found.command() != null ? found.command() : command,
                found != null && found.arguments() != null ? found.arguments() : seen,
                found != null ? found.userId() : -1,
                event.parentPid() > 0 ? event.parentPid() : -1,
                parent == null ? null : parent.command(), parent == null ? null : parent.arguments(),
                sameContainer ? own.containerId() : found.containerId(), sameContainer ? own.podName() : null,
                sameContainer ? own.podNamespace() : null, sameContainer ? own.podUid() : found.podUid());
        told.put(event.tgid(), info);
        return info;
    }

    private int folder(int pid, int tgid) {
        return switch (numbers) {
            case OURS -> pid;
            case HOSTS -> tgid;
            case UNKNOWN -> 0;
        };
    }

    private ProcessInfo parent(ProcessEvent event) {
        if (event.parentTgid() == ownTgid) {
            return own;
        }
        int folder = folder(event.parentPid(), event.parentTgid());
        ProcessInfo found = folder > 0 ? ProcessFacts.readOther(root, folder) : null;
        return found != null && found.command() != null ? found : told.get(event.parentTgid());
    }
}
