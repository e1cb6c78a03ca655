package dev.netflight.attribute;

import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;

/**
 * Who moved which bytes of one direction of a connection: disjoint ranges in ascending order, the newest last.
 *
 * <p>Positions are TCP sequence numbers extended to 64 bits, so that a connection may carry more than 4 GiB. SYN and
 * FIN take one position each, as in RFC 9293.
 *
 * <p>A range is needed until the packets with its bytes have left, and longer for bytes that are sent again: of those that
 * have served {@link #KEPT} stay, fewer of those that were acknowledged. At most {@link #CAPACITY} wait for their packets;
 * beyond, the oldest are forgotten and counted. Where no packet of the connection ever asks, since the capture leaves its device
 * or its direction out, no more than {@link #UNASKED} are kept: they would live for long in the application's heap, for nothing.
 */
final class SequenceRanges {

    static final int KEPT = 1024;
    static final int CAPACITY = 1 << 13;
    static final int UNASKED = 256;
    /** What has been acknowledged is not sent again: of that so many stay, for late acknowledgements. */
    private static final int FEW = 16;
    /** The same where the network changes the order: a copy of what was sent again may come long after both were acknowledged. */
    static final int OVERTAKEN = 512;
    /** For how many more claims that holds. */
    static final int WARY = 1 << 13;

    /** Stands for bytes of which it is known that no operation of ours will claim them. */
    static final Operation NOBODY = new Operation(0, null, null, null, 0, 0, java.util.List.of());

    /** Stands for bytes that a thread has moved by native code. */
    static Operation nativeCall(JavaThread thread) {
        return new Operation(0, null, thread, null, 0, 0, java.util.List.of());
    }

    /** Whether what owns some bytes is no operation of ours. */
    static boolean isNobody(Operation owner) {
        return owner.id() == 0;
    }

    private long[] from = new long[8];
    private long[] to = new long[8];
    private Operation[] owner = new Operation[8];
    /** The ring of ranges: the oldest at {@code first}. */
    private int first;
    private int size;

    /** Nothing below is known: bytes queued before the capture, or evicted. */
    private long floor = Long.MIN_VALUE;
    /** Packets have left up to here. */
    private long served = Long.MIN_VALUE;
    /** The receiver has said that it has all up to here. */
    private long acknowledged = Long.MIN_VALUE;
    /** Packets that carry or acknowledge bytes of this direction are captured. */
    private boolean asked;
    /** Counts down with each claim from the last packet that others had overtaken. */
    private int wary;
    /** The last position that was seen: what 32-bit numbers are extended by. */
    private long reference;
    private boolean anchored;

    /** Extends {@code seq} to the position nearest to what was seen before. */
    long extend(int seq) {
        if (!anchored) {
            anchored = true;
            reference = (1L << 32) + Integer.toUnsignedLong(seq);
            return reference;
        }
        long position = reference + (seq - (int) reference);
        if (position > reference) {
            reference = position;
        }
        return position;
    }

    /** Says that a packet that carries or acknowledges bytes of this direction has been captured: more are expected. */
    void asked() {
        asked = true;
    }

    /** Says that a packet with the bytes below {@code position} has left, in its turn or after others that stand behind them. */
    void served(long position) {
        if (position < served) {
            wary = WARY;
        }
        served = Math.max(served, position);
    }

    /** Says that the bytes below {@code position} have been acknowledged: packets with them have left, if they ever do. */
    void acknowledged(long position) {
        acknowledged = Math.max(acknowledged, position);
        served = Math.max(served, position);
    }

    /** Says that nobody will claim what lies below {@code position} and is not claimed yet. */
    void raiseFloor(long position) {
        floor = Math.max(floor, position);
    }

    /**
     * The owner of the byte at {@code position}: an operation, {@link #NOBODY}, or {@code null} while nothing is known
     * of it.
     */
    Operation at(long position) {
        int index = find(position);
        if (index >= 0) {
            return owner[slot(index)];
        }
        return position < floor ? NOBODY : null;
    }

    /** One past the last position from {@code position} on that has the same owner, {@code limit} at most. */
    long endOf(long position, long limit) {
        int index = find(position);
        if (index >= 0) {
            return Math.min(limit, to[slot(index)]);
        }
        int next = -index - 1;
        long end = next < size ? from[slot(next)] : Long.MAX_VALUE;
        if (position < floor) {
            end = Math.min(end, floor);
        }
        return Math.min(limit, end);
    }

    /** The first position from {@code position} on that nobody has claimed yet. */
    long unclaimedFrom(long position) {
        for (int index = find(position); index >= 0; index = find(position)) {
            position = to[slot(index)];
        }
        return position;
    }

    /**
     * Gives {@code [start, end)} to {@code operation}. Bytes that another operation has claimed already are nobody's
     * from then on: two claims cannot both be right, and wrong is worse than unknown.
     *
     * @return how many old ranges had to be forgotten for it before they had served
     */
    int add(long start, long end, Operation operation) {
        if (end <= start) {
            return 0;
        }
        if (size > 0) {
            int last = slot(size - 1);
            if (start < to[last]) {
                return insert(start, end, operation);
            }
            if (start == to[last] && isSame(owner[last], operation)) {
                to[last] = end;
                return 0;
            }
        }
        return append(start, end, operation);
    }

    private int append(long start, long end, Operation operation) {
        return place(size, start, end, operation);
    }

    /** Puts a range before the one at {@code index}, with no byte of its neighbours. */
    private int place(int index, long start, long end, Operation operation) {
        int evicted = 0;
        // kept objects survive the application's collections, so no more are kept than are needed
        int enough = FEW;
        if (wary > 0) {
            wary--;
            enough = OVERTAKEN;
        }
        for (int i = 0; i < 2 && index > 0 && size > enough && isDone(slot(0)); i++) {
            dropFirst();
            index--;
        }
        if (size == from.length) {
            boolean mayGo = asked ? size >= KEPT && to[slot(0)] <= served : size >= UNASKED;
            if (mayGo || size == CAPACITY) {
                evicted = mayGo ? 0 : 1;
                if (index == 0) {
                    floor = Math.max(floor, end);
                    return evicted;
                }
                dropFirst();
                index--;
            } else {
                grow();
            }
        }
        for (int i = size++; i > index; i--) {
            int before = slot(i - 1);
            int at = slot(i);
            from[at] = from[before];
            to[at] = to[before];
            owner[at] = owner[before];
        }
        int at = slot(index);
        from[at] = start;
        to[at] = end;
        owner[at] = operation;
        return evicted;
    }

    private boolean isDone(int at) {
        return to[at] <= acknowledged;
    }

    private void dropFirst() {
        floor = Math.max(floor, to[slot(0)]);
        owner[slot(0)] = null;
        first = (first + 1) & (from.length - 1);
        size--;
    }

    /** The rare way: a claim that comes late or overlaps. Rebuilds the ranges with every boundary of both. */
    private int insert(long start, long end, Operation operation) {
        // operations come thread by thread: those of threads that share a connection a little out of order
        int next = -find(start) - 1;
        if (next >= 0 && (next == size || end <= from[slot(next)])) {
            return place(next, start, end, operation);
        }
        int count = size;
        long[] oldFrom = new long[count];
        long[] oldTo = new long[count];
        Operation[] oldOwner = new Operation[count];
        for (int i = 0; i < count; i++) {
            oldFrom[i] = from[slot(i)];
            oldTo[i] = to[slot(i)];
            oldOwner[i] = owner[slot(i)];
        }
        first = 0;
        size = 0;
        int evicted = 0;
        long position = start;
        for (int i = 0; i < count; i++) {
            long a = oldFrom[i];
            long b = oldTo[i];
            if (position < end && position < a) {
                evicted += append(position, Math.min(a, end), operation);
                position = Math.min(a, end);
            }
            if (a < start) {
                evicted += append(a, Math.min(b, start), oldOwner[i]);
            }
            if (b > start && a < end) {
                Operation agreed = isSame(oldOwner[i], operation) ? oldOwner[i] : NOBODY;
                evicted += append(Math.max(a, start), Math.min(b, end), agreed);
                position = Math.min(b, end);
            }
            if (b > end) {
                evicted += append(Math.max(a, end), b, oldOwner[i]);
            }
        }
        if (position < end) {
            evicted += append(position, end, operation);
        }
        return evicted;
    }

    /** An operation seen in progress and again at its end is two objects with one id. */
    private static boolean isSame(Operation a, Operation b) {
        return a.id() == b.id() && (a.id() != 0 || a.thread() == b.thread());
    }

    /** Index of the range that holds {@code position}, else {@code -(index of the next) - 1}. */
    private int find(long position) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int at = slot(middle);
            if (position < from[at]) {
                high = middle - 1;
            } else if (position >= to[at]) {
                low = middle + 1;
            } else {
                return middle;
            }
        }
        return -low - 1;
    }

    private int slot(int index) {
        return (first + index) & (from.length - 1);
    }

    private void grow() {
        int count = size;
        int capacity = from.length;
        long[] newFrom = new long[capacity * 2];
        long[] newTo = new long[capacity * 2];
        Operation[] newOwner = new Operation[capacity * 2];
        for (int i = 0; i < count; i++) {
            newFrom[i] = from[slot(i)];
            newTo[i] = to[slot(i)];
            newOwner[i] = owner[slot(i)];
        }
        from = newFrom;
        to = newTo;
        owner = newOwner;
        first = 0;
    }
}
