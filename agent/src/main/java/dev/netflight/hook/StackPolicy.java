package dev.netflight.hook;

/**
 * Which captured operations carry a stack: all, none, or so many a second on each connection.
 *
 * <p>The rate is approximate: connections are spread by their cookie over {@value #PLACES} places, and those that share
 * one share its rate; threads that take from one place in the same instant may both be let through. Up to one second's
 * worth may come at once.
 */
public final class StackPolicy {
    static final int PLACES = 4096;
    private static final long SECOND = 1_000_000_000L;

    private static final StackPolicy ALL = new StackPolicy(true, 0, null);
    private static final StackPolicy OFF = new StackPolicy(false, 0, null);

    private final boolean wanted;
    private final long intervalNanos;
    /** For each place the time at which its budget is full again; {@code null} where there is no rate. */
    private final long[] fullAt;

    private StackPolicy(boolean wanted, long intervalNanos, long[] fullAt) {
        this.wanted = wanted;
        this.intervalNanos = intervalNanos;
        this.fullAt = fullAt;
    }

    public static StackPolicy all() {
        return ALL;
    }

    public static StackPolicy off() {
        return OFF;
    }

    /**
     * @param rate stacks a second on each connection
     * @throws IllegalArgumentException if {@code rate} is not 1 to 1,000,000
     */
    public static StackPolicy perSecond(int rate) {
        if (rate < 1 || rate > 1_000_000) {
            throw new IllegalArgumentException("stacks per second must be 1 to 1000000, not " + rate);
        }
        return new StackPolicy(true, SECOND / rate, new long[PLACES]);
    }

    /** Application's thread: whether an operation on this connection shall carry a stack; takes from the budget. */
    boolean wants(long cookie) {
        return fullAt == null ? wanted : take(cookie, System.nanoTime());
    }

    boolean take(long cookie, long now) {
        // cookies count up: spread neighbours, use the high bits of the product
        int place = (int) ((cookie * 0x9E3779B97F4A7C15L) >>> 52);
        long full = fullAt[place];
        if (full - now > SECOND - intervalNanos) {
            return false;
        }
        fullAt[place] = (full - now > 0 ? full : now) + intervalNanos;
        return true;
    }
}
