package dev.netflight.cli;

import dev.netflight.jvm.Terminal;
import dev.netflight.read.CapturedPacket;
import dev.netflight.text.Flow;
import dev.netflight.text.JavaContext;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Totals of packets by frame, thread or connection. A packet with several operations counts for each of their frames or threads. A
 * retransmission is a TCP packet with payload of which the same direction has sent the end before; it is counted per interface and
 * direction, so that loopback, where each packet is seen twice, does not make one.
 */
final class Summary {
    /** What the rows are. */
    enum By {
        FRAME, THREAD, CONNECTION
    }

    /** More rows are nothing to look at; what comes later is one row. */
    private static final int MOST_ROWS = 100_000;
    private static final String OTHERS = "(others)";
    private static final String UNKNOWN = "(unknown)";

    private final By by;
    private final Map<String, Row> rows = new HashMap<>();
    private final Map<String, Integer> ends = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > MOST_ROWS;
        }
    };

    private static final class Row {
        private long packets;
        private long bytes;
        private long retransmissions;
    }

    Summary(By by) {
        this.by = by;
    }

    void add(CapturedPacket packet, JavaContext context) {
        Flow flow = Flow.of(packet);
        boolean again = flow != null && isRetransmission(packet, flow);
        for (String key : keys(flow, context)) {
            Row row = rows.size() < MOST_ROWS || rows.containsKey(key) ? rows.computeIfAbsent(key, _ -> new Row())
                    : rows.computeIfAbsent(OTHERS, _ -> new Row());
            row.packets++;
            row.bytes += packet.originalLength();
            row.retransmissions += again ? 1 : 0;
        }
    }

    private List<String> keys(Flow flow, JavaContext context) {
        if (by == By.CONNECTION) {
            if (flow == null) {
                return List.of(UNKNOWN);
            }
            boolean swap = flow.source().compareTo(flow.destination()) > 0;
            return List.of(flow.protocol() + ' ' + (swap ? flow.destination() : flow.source()) + " - "
                    + (swap ? flow.source() : flow.destination()));
        }
        List<String> keys = context.operations().stream()
                .map(operation -> by == By.THREAD ? operation.thread() : operation.applicationFrame())
                .map(key -> key.isEmpty() ? UNKNOWN : key).distinct().toList();
        return keys.isEmpty() ? List.of(UNKNOWN) : keys;
    }

    private boolean isRetransmission(CapturedPacket packet, Flow flow) {
        if (!flow.protocol().equals("tcp") || flow.payload() == 0) {
            return false;
        }
        String key = packet.on().id() + " " + packet.direction() + ' ' + flow.source() + ' ' + flow.destination();
        int end = flow.sequence() + flow.payload();
        Integer before = ends.get(key);
        if (before != null && before - end >= 0) {
            return true;
        }
        ends.put(key, end);
        return false;
    }

    /** {@return the table, the most bytes first} */
    String table() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%15s %12s %8s  %s%n", "bytes", "packets", "resent",
                by.name().toLowerCase(Locale.ROOT)));
        rows.entrySet().stream().sorted(Comparator.<Map.Entry<String, Row>>comparingLong(row -> -row.getValue().bytes)
                .thenComparing(Map.Entry::getKey)).forEach(row -> text.append(String.format(Locale.ROOT,
                        "%,15d %,12d %,8d  %s%n", row.getValue().bytes, row.getValue().packets,
                        row.getValue().retransmissions, Terminal.safe(row.getKey()))));
        return text.toString();
    }
}
