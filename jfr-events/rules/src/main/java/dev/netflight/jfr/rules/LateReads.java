package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.List;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.unit.UnitLookup;

/** Time in the application against time on the wire: how long bytes that had come lay there before they were read. */
public final class LateReads extends NetworkRule {
    private static final int LEAST = 20;
    private static final double INFO_MILLIS = 5;
    private static final double WARNING_MILLIS = 50;

    /** For the service loader. */
    public LateReads() {
        super("LateReads", "Time in the application or on the wire", READ_LATENCY);
    }

    @Override
    Finding find(IItemCollection items) {
        List<RecordedEvent> reads = known(items, READ_LATENCY, "sinceLast");
        List<RecordedEvent> writes = known(items, WRITE_LATENCY, "acknowledged");
        if (reads.size() < LEAST) {
            return Finding.none("Too few reads to judge: " + reads.size() + '.');
        }
        double lay = millis(reads, "sinceLast");
        double wire = millis(writes, "acknowledged");
        double mean = lay / reads.size();
        String onWire = writes.isEmpty() ? "" : " A write was with the peer's kernel after "
                + Finding.millis(wire / writes.size()) + " on average.";
        if (mean < INFO_MILLIS) {
            return Finding.none("What has come is read after " + Finding.millis(mean) + " on average." + onWire);
        }
        Frames frames = new Frames();
        for (RecordedEvent read : reads) {
            if (read.number("sinceLast", UnitLookup.MICROSECOND) >= INFO_MILLIS * 1e3) {
                frames.add(read.text("frame"));
            }
        }
        return new Finding(Finding.score(mean, INFO_MILLIS, WARNING_MILLIS),
                "Bytes lay on this host for " + Finding.millis(mean) + " on average before the application read them.",
                "In all " + reads.size() + " reads came " + Finding.millis(lay) + " after the last of their bytes." + onWire
                        + " A client that measures its requests takes this time for the network's or the server's.",
                "It is this JVM's own: threads that wait for a processor, a lock or a collection, an event loop that is kept"
                        + " busy, or work between the request and the read of its answer. See what these threads did meanwhile.",
                frames.heaviest());
    }

    /** Those of which the time is known: it is less than nothing where no packet has told. */
    private static List<RecordedEvent> known(IItemCollection items, String type, String field) {
        return RecordedEvents.of(items, type).stream()
                .filter(event -> event.has(field) && event.number(field, UnitLookup.MICROSECOND) >= 0).toList();
    }

    private static double millis(List<RecordedEvent> events, String field) {
        return events.stream().mapToLong(event -> event.number(field, UnitLookup.MICROSECOND)).sum() / 1e3;
    }
}
