package dev.netflight.sink;

import java.time.Instant;

/**
 * One moment told by two clocks: what turns the CLOCK_MONOTONIC times of packets into wall-clock times. An output takes
 * one anchor for each of its sections, so that a step of the wall clock never reorders packets within one.
 *
 * @param wallNanos nanoseconds since 1970-01-01 UTC
 * @param monoNanos CLOCK_MONOTONIC nanoseconds of the same moment
 */
public record CaptureAnchor(long wallNanos, long monoNanos) {

    private static final int ATTEMPTS = 8;

    /**
     * Reads both clocks. The wall clock is read between two readings of the monotonic one; of several attempts the one
     * that took least time counts, so the error is some tens of nanoseconds even if the thread is interrupted once.
     */
    public static CaptureAnchor now() {
        long least = Long.MAX_VALUE;
        CaptureAnchor best = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            long before = System.nanoTime();
            Instant wall = Instant.now();
            long took = System.nanoTime() - before;
            if (took < least) {
                least = took;
                best = new CaptureAnchor(
                        wall.getEpochSecond() * 1_000_000_000L + wall.getNano(), before + took / 2);
            }
        }
        return best;
    }

    /** {@return the wall-clock time, nanoseconds since 1970, of a CLOCK_MONOTONIC time} */
    public long wallNanos(long monoNanos) {
        return wallNanos + (monoNanos - this.monoNanos);
    }
}
