package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.List;
import org.openjdk.jmc.common.item.IItemCollection;

/** Connections that the peer has torn down, against all that have ended. */
public final class PeerResets extends NetworkRule {
    private static final int LEAST = 3;
    private static final double INFO = 0.01;
    private static final double WARNING = 0.1;

    /** For the service loader. */
    public PeerResets() {
        super("PeerResets", "Resets by the peer", CONNECTION);
    }

    @Override
    Finding find(IItemCollection items) {
        List<RecordedEvent> ended = RecordedEvents.of(items, CONNECTION).stream()
                .filter(connection -> connection.text("closeReason") != null).toList();
        List<RecordedEvent> reset = ended.stream()
                .filter(connection -> connection.text("closeReason").equals("reset by peer")).toList();
        if (reset.size() < LEAST) {
            return Finding.none("Peers ended connections in order: " + reset.size() + " resets.");
        }
        Frames peers = new Frames();
        Frames frames = new Frames();
        for (RecordedEvent connection : reset) {
            peers.add(connection.text("remoteAddress"));
            frames.add(connection.text("openerFrame"));
        }
        double share = (double) reset.size() / ended.size();
        return new Finding(Finding.score(share, INFO, WARNING),
                reset.size() + " connections, " + Finding.percent(share) + " of those that ended, were reset by the peer.",
                "Most of them by " + String.join(", ", peers.heaviest()) + ". A peer resets when it closes a socket with bytes"
                        + " unread, with SO_LINGER 0, when its process dies, or when something between forgot an idle"
                        + " connection. The application sees \"Connection reset\".",
                "Compare Lifetime and bytes of these Connection events: an idle connection in a pool must be closed before"
                        + " the peer or the load balancer does it; a reset after a request is the peer's own trouble.",
                frames.heaviest());
    }
}
