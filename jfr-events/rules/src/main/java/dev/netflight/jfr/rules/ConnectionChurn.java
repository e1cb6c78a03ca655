package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.unit.UnitLookup;

/** Short connections to one and the same peer, one after the other, where a pool would do. */
public final class ConnectionChurn extends NetworkRule {
    private static final int LEAST = 20;
    private static final long SHORT_MILLIS = 1_000;
    /** A peer to which this part of the connections is short. */
    private static final double MOST = 0.8;
    /** Connections in a second. */
    private static final double INFO = 1;
    private static final double WARNING = 10;

    /** For the service loader. */
    public ConnectionChurn() {
        super("ConnectionChurn", "Connections without a pool", CONNECTION);
    }

    @Override
    Finding find(IItemCollection items) {
        Map<String, List<RecordedEvent>> byPeer = new HashMap<>();
        for (RecordedEvent connection : RecordedEvents.connections(items)) {
            if (!connection.is("accepted") && !connection.is("inherited")) {
                byPeer.computeIfAbsent(connection.text("remoteAddress") + " port " + connection.number("remotePort"),
                        peer -> new ArrayList<>()).add(connection);
            }
        }
        Finding worst = Finding.none("No peer is connected to again and again.");
        for (Map.Entry<String, List<RecordedEvent>> peer : byPeer.entrySet()) {
            Finding finding = judge(peer.getKey(), peer.getValue());
            if (finding != null && finding.score() > worst.score()) {
                worst = finding;
            }
        }
        return worst;
    }

    private static Finding judge(String peer, List<RecordedEvent> connections) {
        List<RecordedEvent> brief = connections.stream()
                .filter(connection -> connection.number("lifetime", UnitLookup.MILLISECOND) < SHORT_MILLIS).toList();
        if (brief.size() < LEAST || brief.size() < MOST * connections.size()) {
            return null;
        }
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        Frames frames = new Frames();
        for (RecordedEvent connection : brief) {
            long opened = connection.number("openedAt", UnitLookup.EPOCH_MS);
            first = Math.min(first, opened);
            last = Math.max(last, opened);
            frames.add(connection.text("openerFrame"));
        }
        // so that a burst of a few milliseconds is not taken for a rate of thousands
        double rate = brief.size() * 1_000.0 / Math.max(1_000, last - first);
        return new Finding(Finding.score(rate, INFO, WARNING),
                brief.size() + " connections to " + peer + " lived less than a second.",
                brief.size() + " of " + connections.size() + " connections to " + peer + " lived less than a second each. Each"
                        + " costs a round trip before the first byte, with TLS two or more, begins with a small congestion"
                        + " window, and leaves a port in TIME_WAIT.",
                "Keep connections: one HttpClient for all requests, a pool, keep-alive on both sides; and read a response"
                        + " to its end, else its connection cannot be used again.",
                frames.heaviest());
    }
}
