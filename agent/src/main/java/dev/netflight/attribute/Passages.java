package dev.netflight.attribute;

/**
 * When which bytes of one direction of a connection passed the device: packets in the order of the ring, the oldest
 * forgotten. Positions as in {@link SequenceRanges}. Capture thread only.
 */
final class Passages {
    static final int CAPACITY = 4096;

    private long[] start = new long[16];
    private long[] end = new long[16];
    private long[] monoNanos = new long[16];
    private long[] lostBefore = new long[16];
    /** The ring of packets: the oldest at {@code first}. */
    private int first;
    private int size;

    /** A packet with the bytes {@code [from, to)}; an acknowledgement has none, and stands for all below {@code to}. */
    void add(long from, long to, long nanos, long lost) {
        if (size == start.length) {
            if (size == CAPACITY) {
                first = first + 1 & size - 1;
                size--;
            } else {
                grow();
            }
        }
        int at = slot(size++);
        start[at] = from;
        end[at] = to;
        monoNanos[at] = nanos;
        lostBefore[at] = lost;
    }

    /** Index of the first packet with the byte at {@code position}, −1 for none. */
    int with(long position) {
        for (int i = 0; i < size; i++) {
            int at = slot(i);
            if (start[at] <= position && position < end[at]) {
                return i;
            }
        }
        return -1;
    }

    /** Index of the first that reaches {@code position}, −1 for none. */
    int reaching(long position) {
        for (int i = 0; i < size; i++) {
            if (end[slot(i)] >= position) {
                return i;
            }
        }
        return -1;
    }

    /** 0 for index −1. */
    long monoNanos(int index) {
        return index < 0 ? 0 : monoNanos[slot(index)];
    }

    /** Packets that had been lost by then. */
    long lostBefore(int index) {
        return lostBefore[slot(index)];
    }

    /** Whether any of {@code [from, to)} passed more than once. */
    boolean repeats(long from, long to) {
        long reached = Long.MIN_VALUE;
        for (int i = 0; i < size; i++) {
            int at = slot(i);
            if (start[at] < to && end[at] > from) {
                if (Math.max(start[at], from) < reached) {
                    return true;
                }
                reached = Math.max(reached, end[at]);
            }
        }
        return false;
    }

    /** Forgets the oldest up to the first that reaches beyond {@code position}. */
    void forgetBelow(long position) {
        while (size > 0 && end[first] <= position) {
            first = first + 1 & start.length - 1;
            size--;
        }
    }

    private int slot(int index) {
        return first + index & start.length - 1;
    }

    private void grow() {
        start = unrolled(start);
        end = unrolled(end);
        monoNanos = unrolled(monoNanos);
        lostBefore = unrolled(lostBefore);
        first = 0;
    }

    private long[] unrolled(long[] ring) {
        long[] longer = new long[ring.length * 2];
        for (int i = 0; i < size; i++) {
            longer[i] = ring[first + i & ring.length - 1];
        }
        return longer;
    }
}
