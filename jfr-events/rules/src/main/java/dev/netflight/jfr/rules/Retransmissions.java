package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.openjdk.jmc.common.item.IItemCollection;

/** Segments that the kernel had to send again, against all packets sent; acknowledgements are among these. */
public final class Retransmissions extends NetworkRule {
    /** Fewer say nothing of a network. */
    private static final int LEAST = 5;
    private static final double INFO = 0.001;
    private static final double WARNING = 0.01;

    /** For the service loader. */
    public Retransmissions() {
        super("Retransmissions", "Retransmissions", CONNECTION);
    }

    @Override
    Finding find(IItemCollection items) {
        Collection<RecordedEvent> connections = RecordedEvents.connections(items);
        long sent = 0;
        long again = 0;
        Set<Long> concerned = new HashSet<>();
        Frames peers = new Frames();
        Frames frames = new Frames();
        for (RecordedEvent connection : connections) {
            sent += connection.number("packetsSent");
            long here = connection.number("retransmissions");
            again += here;
            if (here > 0) {
                concerned.add(connection.number("connectionId"));
                peers.add(connection.text("remoteAddress"));
                frames.add(connection.text("openerFrame"));
            }
        }
        if (again < LEAST) {
            return Finding.none("Next to nothing had to be sent again: " + again + " segments.");
        }
        Writers writers = new Writers(items);
        Frames writes = new Frames();
        for (RecordedEvent write : RecordedEvents.of(items, WRITE)) {
            if (concerned.contains(write.number("connectionId"))) {
                writers.count(write, writes);
            }
        }
        double share = (double) again / Math.max(sent, again);
        return new Finding(Finding.score(share, INFO, WARNING),
                again + " segments, " + Finding.percent(share) + " of the packets sent, had to be sent again.",
                concerned.size() + " of " + connections.size() + " connections had retransmissions, most of them to "
                        + String.join(", ", peers.heaviest()) + ". The network lost packets, or acknowledgements came so late that"
                        + " the kernel took them for lost. A write that waits for the kernel's timer waits 200 ms and more.",
                "See whether one peer or one path stands out (group the Connection events by Remote Address). Loss on one"
                        + " path is the network's; loss on all is this machine's device, its queue or its bandwidth.",
                writes.heaviest().isEmpty() ? frames.heaviest() : writes.heaviest());
    }
}
