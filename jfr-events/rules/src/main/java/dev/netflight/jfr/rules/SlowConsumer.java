package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.openjdk.jmc.common.item.IItemCollection;

/** Connections on which the peer had to be told to stop, because the application did not read what had come. */
public final class SlowConsumer extends NetworkRule {
    private static final double INFO = 1;
    private static final double WARNING = 20;

    /** For the service loader. */
    public SlowConsumer() {
        super("SlowConsumer", "Slow consumer", CONNECTION);
    }

    @Override
    Finding find(IItemCollection items) {
        Collection<RecordedEvent> connections = RecordedEvents.connections(items);
        long closed = 0;
        Set<Long> concerned = new HashSet<>();
        Frames peers = new Frames();
        Frames openers = new Frames();
        for (RecordedEvent connection : connections) {
            long here = connection.number("zeroWindowsSent");
            closed += here;
            if (here > 0) {
                concerned.add(connection.number("connectionId"));
                peers.add(connection.text("remoteAddress"));
                openers.add(connection.text("openerFrame"));
            }
        }
        if (closed == 0) {
            return Finding.none("What comes is read in time: no peer was told to stop.");
        }
        Frames readers = new Frames();
        for (RecordedEvent read : RecordedEvents.of(items, READ)) {
            if (concerned.contains(read.number("connectionId"))) {
                readers.add(read.frame());
            }
        }
        return new Finding(Finding.score(closed, INFO, WARNING),
                "Peers were told " + closed + " times to stop, since the application did not read what had come.",
                concerned.size() + " of " + connections.size() + " connections had a window of zero, most of them to "
                        + String.join(", ", peers.heaviest()) + ". Their receive buffers were full: the network and the peer could"
                        + " have gone on.",
                "See what the reading threads did between their reads: a queue that was full, a lock, a collection, work that"
                        + " belongs to another thread. netflight.ReadLatency says how long bytes lay there.",
                readers.heaviest().isEmpty() ? openers.heaviest() : readers.heaviest());
    }
}
