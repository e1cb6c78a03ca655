package dev.netflight.attribute;

import dev.netflight.model.Attribution;
import dev.netflight.model.Operation;
import dev.netflight.model.OtherProcess;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessEvent;
import dev.netflight.model.ProcessInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The followed processes that are not the JVM, and the calls that started them. Bounded: the process that was not used
 * for longest is forgotten, and its packets then name no process. Capture thread only.
 */
final class Processes {
    static final int CAPACITY = 8_192;
    static final int STARTS = 1_024;

    /** What is known of a process of which the kernel could not tell: nothing. */
    private static final ProcessInfo UNKNOWN =
            new ProcessInfo(-1, null, null, -1, -1, null, null, null, null, null, null);

    private final Attributor.ProcessSource source;
    private final LinkedHashMap<Integer, OtherProcess> byTgid = bounded(CAPACITY);
    /** Starts by operation, for processes of which nothing was heard yet. */
    private final LinkedHashMap<Long, Operation> starts = bounded(STARTS);

    Processes(Attributor.ProcessSource source) {
        this.source = source;
    }

    private static <K, V> LinkedHashMap<K, V> bounded(int capacity) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > capacity;
            }
        };
    }

    void told(ProcessEvent event) {
        OtherProcess process = event.fresh() ? null : byTgid.get(event.tgid());
        if (process == null) {
            process = new OtherProcess(event.tgid(), event.operation());
            process.start = starts.get(event.operation());
            byTgid.put(event.tgid(), process);
        }
        process.info = source.of(event);
    }

    /** A call that started a process has ended. */
    void started(Operation operation) {
        starts.put(operation.id(), operation);
        for (OtherProcess process : byTgid.values()) {
            if (process.startOperation == operation.id()) {
                process.start = operation;
            }
        }
    }

    /** {@code null} for the JVM. */
    OtherProcess of(int tgid) {
        if (tgid == 0) {
            return null;
        }
        OtherProcess known = byTgid.get(tgid);
        if (known == null) {
            known = new OtherProcess(tgid, 0);
            known.info = UNKNOWN;
            byTgid.put(tgid, known);
        }
        return known;
    }

    /** Whether a packet of this process must wait for the call that started it. */
    static boolean awaitsStart(OtherProcess process) {
        return process != null && process.startOperation != 0 && process.start == null && !process.startShown;
    }

    /** Says in a packet whose it is; one whose bytes a Java thread has moved is the JVM's. */
    static void describe(Packet packet, OtherProcess process) {
        packet.process = null;
        packet.processStart = null;
        if (process == null || packet.operationCount > 0) {
            return;
        }
        packet.attribution = Attribution.NONE;
        packet.process = process.info;
        if (!process.startShown) {
            packet.processStart = process.start;
            process.startShown = true;
        }
    }
}
