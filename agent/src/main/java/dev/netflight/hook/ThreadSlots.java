package dev.netflight.hook;

import java.lang.ref.WeakReference;
import java.util.function.IntPredicate;
import jdk.internal.access.JavaLangAccess;
import jdk.internal.access.SharedSecrets;
import jdk.internal.misc.Unsafe;

/**
 * The slots of one capture: which thread has which, and the ones that are free.
 *
 * <p>A thread takes a slot at its first operation, without a lock: first one that was freed, by compare-and-set on the
 * head of a list, else the next one never used. The capture thread frees the slot of a dead thread once that thread's
 * queue is empty.
 *
 * <p>The memory of the slots must stay mapped for as long as the JVM lives: a thread that was stopped inside a hook
 * writes to it when it goes on, even after the capture has ended. To let go of a kernel map, put anonymous memory in
 * its place ({@code mmap} with {@code MAP_FIXED}).
 */
final class ThreadSlots {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final JavaLangAccess JAVA_LANG = SharedSecrets.getJavaLangAccess();
    private static final long FREE_HEAD = UNSAFE.objectFieldOffset(ThreadSlots.class, "freeHead");
    private static final long FRESH = UNSAFE.objectFieldOffset(ThreadSlots.class, "fresh");
    private static final long FREED = UNSAFE.objectFieldOffset(ThreadSlots.class, "freed");
    private static final long UNFOLLOWED = UNSAFE.objectFieldOffset(ThreadSlots.class, "unfollowed");
    private static final long COUNT_MASK = (1L << SlotLayout.OPERATION_BITS) - 1;

    private final long address;
    private final int count;
    private final IntPredicate osThreadLives;
    private final OperationQueue.Budget budget = new OperationQueue.Budget();
    /** Made on first use of each number and kept. */
    private final ThreadSlot[] slots;
    private volatile KernelThreads kernel;

    /** Slots never used begin here. */
    private volatile int fresh;
    /** {@code tag << 32 | number + 1} of the first free slot, 0 in the low half for none; the tag defeats ABA. */
    private volatile long freeHead;
    /** Number + 1 of the next free slot, for each free slot. */
    private final int[] nextFree;
    /** Counts slots given back: a thread without one asks again when this has changed. */
    private volatile int freed;
    private volatile long unfollowed;
    /** What {@link #seen} and {@link #dropped} answer after the end. */
    private volatile long[] last;

    /**
     * @param address       of {@code count} slots of {@link SlotLayout#SIZE} bytes, zero at first
     * @param osThreadLives whether a tid is one of a thread of this process
     */
    ThreadSlots(long address, int count, KernelThreads kernel, IntPredicate osThreadLives) {
        if (count < 1 || count > 1 << 20) {
            throw new IllegalArgumentException("slots must be 1 to 1048576, not " + count);
        }
        this.address = address;
        this.count = count;
        this.kernel = kernel;
        this.osThreadLives = osThreadLives;
        slots = new ThreadSlot[count];
        nextFree = new int[count];
    }

    // ---- on application threads ----

    /**
     * Finds a slot for the calling OS thread and ties it to it in the kernel.
     *
     * @param before what the thread has now: {@code null}, a slot of an earlier capture, or this capture's mark
     * @return the thread's slot, or a mark ({@link ThreadSlot#MARK}) if it cannot be followed now; {@code null} if this is a
     *         virtual thread that has come to another carrier meanwhile: what that one has is not to be replaced
     */
    ThreadSlot register(ThreadSlot before) {
        int freedNow = freed;
        KernelThreads kernel = this.kernel;
        int index = kernel == null ? -1 : acquire();
        if (index < 0) {
            return unfollowed(before, freedNow);
        }
        boolean taken = false;
        try {
            ThreadSlot slot = slots[index];
            if (slot == null) {
                long slotAddress = address + (long) index * SlotLayout.SIZE;
                slot = new ThreadSlot(this, index, slotAddress, new OperationQueue(budget));
                UNSAFE.putLong(slotAddress + SlotLayout.LAST_OPERATION, (index + 1L) << SlotLayout.OPERATION_BITS);
            }
            Thread carrier = JAVA_LANG.currentCarrierThread();
            slot.carrier = new WeakReference<>(carrier);
            UNSAFE.putLong(slot.address + SlotLayout.OPERATION, 0);
            UNSAFE.putLong(slot.address + SlotLayout.RESULT_OPERATION, 0);
            int tid = kernel.register(index);
            if (tid < 0) {
                slot.carrier = null;
                return unfollowed(before, freedNow);
            }
            if (carrier != JAVA_LANG.currentCarrierThread()) {
                // The kernel has tied either of the two to this slot. So nobody may have it, and the number is used up.
                slot.carrier = null;
                taken = true;
                return null;
            }
            slot.tid = tid;
            slot.own();
            UNSAFE.putReferenceRelease(slots, Unsafe.ARRAY_OBJECT_BASE_OFFSET
                    + (long) index * Unsafe.ARRAY_OBJECT_INDEX_SCALE, slot);
            taken = true;
            return slot;
        } finally {
            if (!taken) {
                release(index);
            }
        }
    }

    private ThreadSlot unfollowed(ThreadSlot before, int freedNow) {
        ThreadSlot mark = before;
        if (mark == null || mark.owner != this) {
            mark = new ThreadSlot(this, ThreadSlot.MARK, 0, null);
            UNSAFE.getAndAddLong(this, UNFOLLOWED, 1);
        }
        mark.askedAt = freedNow;
        return mark;
    }

    /** No thread is inside an operation any more, if its slot still shows it. */
    void abandon(long operation) {
        int index = SlotLayout.slotIndex(operation);
        ThreadSlot slot = index < 0 || index >= fresh ? null : owned(index);
        if (slot != null) {
            UNSAFE.compareAndSetLong(null, slot.address + SlotLayout.OPERATION, operation, 0);
        }
    }

    private int acquire() {
        while (true) {
            long head = freeHead;
            int number = (int) head;
            if (number == 0) {
                break;
            }
            // may be stale if another thread has taken it meanwhile: then the tag has moved on and the set fails
            int next = nextFree[number - 1];
            if (UNSAFE.compareAndSetLong(this, FREE_HEAD, head, tagged(head, next))) {
                return number - 1;
            }
        }
        while (true) {
            int index = fresh;
            if (index >= count) {
                return -1;
            }
            if (UNSAFE.compareAndSetInt(this, FRESH, index, index + 1)) {
                return index;
            }
        }
    }

    private void release(int index) {
        while (true) {
            long head = freeHead;
            nextFree[index] = (int) head;
            if (UNSAFE.compareAndSetLong(this, FREE_HEAD, head, tagged(head, index + 1))) {
                break;
            }
        }
    }

    private static long tagged(long head, int number) {
        return ((head >>> 32) + 1) << 32 | number;
    }

    /** Changes whenever a slot was given back. */
    int freed() {
        return freed;
    }

    // ---- on the capture thread ----

    /** Slots below this number may be owned. */
    int used() {
        return fresh;
    }

    /** The slot if a thread has it, else {@code null}. */
    ThreadSlot owned(int index) {
        ThreadSlot slot = slot(index);
        return slot != null && slot.owned() ? slot : null;
    }

    private ThreadSlot slot(int index) {
        return (ThreadSlot) UNSAFE.getReferenceAcquire(slots,
                Unsafe.ARRAY_OBJECT_BASE_OFFSET + (long) index * Unsafe.ARRAY_OBJECT_INDEX_SCALE);
    }

    /**
     * Whether neither the Java thread nor the OS thread of the slot is left. A native thread that detached itself from
     * the JVM lives on, and the kernel still ties it to the slot: it keeps the slot until it ends or attaches again
     * (then it has another one).
     */
    boolean dead(ThreadSlot slot) {
        Thread carrier = slot.carrier();
        if (carrier != null && carrier.isAlive()) {
            return false;
        }
        if (!osThreadLives.test(slot.tid)) {
            return true;
        }
        for (int i = 0, n = fresh; i < n; i++) {
            ThreadSlot other = owned(i);
            if (other != null && other != slot && other.tid == slot.tid) {
                Thread otherCarrier = other.carrier();
                if (otherCarrier != null && otherCarrier.isAlive()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Gives back the slot of a dead thread whose queue is empty. */
    void free(ThreadSlot slot) {
        slot.disown();
        slot.carrier = null;
        slot.event = null;
        slot.leaveVirtual();
        slot.lastThread = null;
        slot.lastNativeName = "";
        UNSAFE.putLongRelease(null, slot.address + SlotLayout.OPERATION, 0);
        release(slot.index);
        UNSAFE.getAndAddInt(this, FREED, 1);
    }

    /** Ends registration and lets go of everything but what the threads' own references hold. Idempotent. */
    void close() {
        if (last == null) {
            last = new long[] {seen(), dropped()};
        }
        kernel = null;
        for (int i = 0; i < count; i++) {
            slots[i] = null;
        }
    }

    // ---- counters, any thread ----

    /** Operations begun on followed threads. */
    long seen() {
        long[] last = this.last;
        if (last != null) {
            return last[0];
        }
        long sum = 0;
        for (int i = 0, n = fresh; i < n; i++) {
            sum += UNSAFE.getLong(address + (long) i * SlotLayout.SIZE + SlotLayout.LAST_OPERATION) & COUNT_MASK;
        }
        return sum;
    }

    /** Captured operations that found their queue full. */
    long dropped() {
        long[] last = this.last;
        if (last != null) {
            return last[1];
        }
        long sum = 0;
        for (int i = 0, n = fresh; i < n; i++) {
            ThreadSlot slot = slot(i);
            if (slot != null) {
                sum += slot.queue.dropped();
            }
        }
        return sum;
    }

    /** Threads that found no free slot or could not be registered in the kernel; such a thread may get one later. */
    long unfollowed() {
        return unfollowed;
    }
}
