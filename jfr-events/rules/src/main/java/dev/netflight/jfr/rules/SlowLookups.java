package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.Comparator;
import java.util.List;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.unit.UnitLookup;

/** Hosts whose addresses take long to be found: of ten lookups the second slowest counts, so that one alone is no finding. */
public final class SlowLookups extends NetworkRule {
    private static final int LEAST = 3;
    private static final double PERCENTILE = 0.9;
    private static final double INFO_MILLIS = 50;
    private static final double WARNING_MILLIS = 500;

    /** For the service loader. */
    public SlowLookups() {
        super("SlowLookups", "Slow DNS lookups", LOOKUP);
    }

    @Override
    Finding find(IItemCollection items) {
        List<RecordedEvent> lookups = RecordedEvents.of(items, LOOKUP).stream()
                .sorted(Comparator.comparingLong(SlowLookups::micros)).toList();
        if (lookups.size() < LEAST) {
            return Finding.none("Hosts are hardly ever looked up: " + lookups.size() + " times.");
        }
        double millis = micros(lookups.get((int) (PERCENTILE * (lookups.size() - 1)))) / 1e3;
        long failed = lookups.stream().filter(lookup -> lookup.text("failure") != null).count();
        Frames hosts = new Frames();
        Frames frames = new Frames();
        for (RecordedEvent lookup : lookups) {
            if (micros(lookup) >= INFO_MILLIS * 1e3) {
                hosts.add(lookup.text("host"));
                frames.add(lookup.frame());
            }
        }
        double score = Finding.score(millis, INFO_MILLIS, WARNING_MILLIS);
        if (hosts.heaviest().isEmpty()) {
            return Finding.none("Lookups are answered soon: nine of ten within " + Finding.millis(millis) + '.');
        }
        return new Finding(score,
                "Of " + lookups.size() + " lookups of hosts one in ten took " + Finding.millis(millis) + " or more.",
                "Slow were those of " + String.join(", ", hosts.heaviest()) + "; " + failed + " had no answer. The thread that"
                        + " connects waits for as long. What the JVM answers from its own cache, for 30 s, is not among these.",
                "See which names are asked for in vain first: search domains of /etc/resolv.conf are tried for a name with fewer"
                        + " dots than ndots, unless it ends with one. Else ask the name server's operator, run a caching one on"
                        + " this host, or let the JVM keep answers for longer (networkaddress.cache.ttl).",
                frames.heaviest());
    }

    private static long micros(RecordedEvent lookup) {
        return lookup.number("duration", UnitLookup.MICROSECOND);
    }
}
