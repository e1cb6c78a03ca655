package dev.netflight.hook;

import java.lang.ref.WeakReference;
import jdk.internal.misc.Unsafe;

/**
 * Remembers something of other people's objects for as long as those live, without a field in them: a hash table by identity
 * that holds its keys weakly, never grows and never locks.
 *
 * <p>It may forget an entry whose bucket is full of younger ones, and counts those. It never confuses: a key is found as itself
 * or not at all. A value that one thread puts is seen by another that the first has handed the key to.
 */
final class WeakTable<V> {
    private static final int WAYS = 8;
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();

    private static final class Entry extends WeakReference<Object> {
        volatile Object value;

        Entry(Object key, Object value) {
            super(key);
            this.value = value;
        }
    }

    private final Entry[] entries;
    /** Shifts a hash to the number of a bucket. */
    private final int shift;
    /** Where the next full bucket gives way; any value will do, so that nobody need agree on it. */
    private int victim;
    private volatile boolean used;
    private long evicted;

    /** @param capacity a power of two, from 16 on */
    WeakTable(int capacity) {
        entries = new Entry[capacity];
        shift = Integer.numberOfLeadingZeros(capacity / WAYS) + 1;
    }

    @SuppressWarnings("unchecked") // only put() writes values
    V get(Object key) {
        if (!used || key == null) {
            return null;
        }
        int first = bucket(key);
        for (int i = first; i < first + WAYS; i++) {
            Entry entry = at(i);
            if (entry != null && entry.refersTo(key)) {
                return (V) entry.value;
            }
        }
        return null;
    }

    /** Remembers {@code value}, or with {@code null} forgets the key. */
    void put(Object key, V value) {
        if (key == null || value == null && !used) {
            return;
        }
        used = true;
        int first = bucket(key);
        while (!tryPut(key, value, first)) {
            // another thread took the place
        }
    }

    private boolean tryPut(Object key, V value, int first) {
        int free = -1;
        Entry inFree = null;
        boolean done = value == null;
        for (int i = first; i < first + WAYS; i++) {
            Entry entry = at(i);
            if (entry == null || entry.refersTo(null)) {
                free = i;
                inFree = entry;
            } else if (entry.refersTo(key)) {
                if (done) {
                    UNSAFE.compareAndSetReference(entries, offset(i), entry, null);
                } else {
                    entry.value = value;
                    done = true;
                }
            }
        }
        if (done) {
            return true;
        }
        if (free < 0) {
            free = first + (++victim & WAYS - 1);
            inFree = at(free);
            evicted++;
        }
        return UNSAFE.compareAndSetReference(entries, offset(free), inFree, new Entry(key, value));
    }

    /** Capture thread, every now and then: lets go of the values whose keys are gone. */
    void expire() {
        if (!used) {
            return;
        }
        for (int i = 0; i < entries.length; i++) {
            Entry entry = at(i);
            if (entry != null && entry.refersTo(null)) {
                UNSAFE.compareAndSetReference(entries, offset(i), entry, null);
            }
        }
    }

    /** About how many were forgotten for want of room. */
    long evicted() {
        return evicted;
    }

    private int bucket(Object key) {
        // the high bits of the product are the well mixed ones
        return (System.identityHashCode(key) * 0x9E3779B9 >>> shift) * WAYS;
    }

    private Entry at(int index) {
        return (Entry) UNSAFE.getReferenceAcquire(entries, offset(index));
    }

    private static long offset(int index) {
        return Unsafe.ARRAY_OBJECT_BASE_OFFSET + (long) index * Unsafe.ARRAY_OBJECT_INDEX_SCALE;
    }
}
