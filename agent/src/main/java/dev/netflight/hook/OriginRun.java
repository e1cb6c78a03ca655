package dev.netflight.hook;

import dev.netflight.model.Origin;
import java.util.ArrayList;
import java.util.List;

/** Neighbouring bytes of one operation that were handed over together; a list of them, in the order of the bytes. */
final class OriginRun {
    /** {@link #bytes} of a run that is the whole operation. */
    static final long ALL = Long.MAX_VALUE;

    /** {@code null}: nobody is known to have handed them over. */
    final Submission submission;
    long bytes;
    OriginRun next;

    OriginRun(Submission submission, long bytes) {
        this.submission = submission;
        this.bytes = bytes;
    }

    /** Capture thread: the origins of a record in the order of its bytes; none if they do not agree with what was sent. */
    static List<Origin> origins(OperationRecord record, StackCache stacks) {
        if (record.origins == null || !record.sent()) {
            return List.of();
        }
        long sent = record.tx1 - record.tx0;
        List<Origin> origins = new ArrayList<>(2);
        long at = 0;
        for (OriginRun run = record.origins; run != null; run = run.next) {
            long end = run.bytes == ALL ? sent : at + run.bytes;
            if (end > sent) {
                return List.of(); // the library counts otherwise than the kernel: nothing of it can be believed
            }
            for (Submission by = run.submission; by != null; by = by.and) {
                add(origins, by, stacks, record.tx0 + (int) at, record.tx0 + (int) end);
            }
            at = end;
        }
        return origins.isEmpty() ? List.of() : List.copyOf(origins);
    }

    private static void add(List<Origin> origins, Submission by, StackCache stacks, int from, int to) {
        if (from != to) {
            origins.add(new Origin(by.threadName, by.threadId, by.resolve(stacks), from, to));
        }
    }
}
