package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.unit.UnitLookup;

/**
 * A small write right behind another on the same connection, with no read between: bytes that could have gone in one call
 * and one packet. A small request that waits for its answer is none.
 */
public final class SmallWrites extends NetworkRule {
    private static final int LEAST = 100;
    private static final long SMALL_BYTES = 256;
    private static final long SOON_NANOS = 10_000_000;
    /** Parts of all writes. */
    private static final double INFO = 0.1;
    private static final double WARNING = 0.5;

    /** For the service loader. */
    public SmallWrites() {
        super("SmallWrites", "Small writes", WRITE);
    }

    @Override
    Finding find(IItemCollection items) {
        List<RecordedEvent> writes = RecordedEvents.of(items, WRITE);
        Map<Long, List<Call>> byConnection = new HashMap<>();
        gather(writes, true, byConnection);
        gather(RecordedEvents.of(items, READ), false, byConnection);
        Writers writers = new Writers(items);
        Frames frames = new Frames();
        long small = 0;
        long bytes = 0;
        for (List<Call> calls : byConnection.values()) {
            calls.sort(Comparator.comparingLong(Call::start));
            Call before = null;
            for (Call call : calls) {
                if (before != null && before.isFollowedBy(call)) {
                    small++;
                    bytes += call.bytes();
                    writers.count(call.event(), frames);
                }
                before = call;
            }
        }
        if (small < LEAST) {
            return Finding.none("Bytes are written together: " + small + " small writes follow another at once.");
        }
        double share = (double) small / writes.size();
        return new Finding(Finding.score(share, INFO, WARNING),
                small + " writes, " + Finding.percent(share) + " of all, are small and follow another at once.",
                "They carry " + bytes / small + " bytes on average. Each is a system call, and with TCP_NODELAY a packet with"
                        + " some 60 bytes of headers; without it each waits for the acknowledgement of the one before.",
                "Write through a BufferedOutputStream and flush it at the end of a message, or gather the parts:"
                        + " SocketChannel.write(ByteBuffer[]).",
                frames.heaviest());
    }

    private static void gather(List<RecordedEvent> events, boolean write, Map<Long, List<Call>> byConnection) {
        for (RecordedEvent event : events) {
            byConnection.computeIfAbsent(event.number("connectionId"), connection -> new ArrayList<>())
                    .add(new Call(event, write, event.startNanos(), event.number("bytes", UnitLookup.BYTE)));
        }
    }

    private record Call(RecordedEvent event, boolean write, long start, long bytes) {
        private boolean isSmall() {
            return write && bytes < SMALL_BYTES;
        }

        /** {@return whether {@code next} could have gone with this one} */
        private boolean isFollowedBy(Call next) {
            return isSmall() && next.isSmall() && next.start - start < SOON_NANOS;
        }
    }
}
