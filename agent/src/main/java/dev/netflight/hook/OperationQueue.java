package dev.netflight.hook;

import jdk.internal.misc.Unsafe;

/**
 * The captured operations of one slot on their way to the capture thread: one producer (the slot's thread), one
 * consumer (the capture thread), no lock, no waiting.
 *
 * <p>A chain of chunks rather than a ring: an idle thread holds 64 references (some 300 bytes), a busy one grows with
 * its backlog, and a store into a young chunk costs a collector's write barrier less than one into an old array.
 * Bounded twice: {@link #CAPACITY} operations of one thread and {@link Budget#CHUNKS} chunks of all threads together,
 * for an operation with its unresolved stack weighs about a kilobyte. What does not fit is dropped and counted.
 *
 * <p>Unsafe rather than VarHandle: the first call of a VarHandle at each call site links it, which runs much Java code
 * and takes locks, and this one would be on an application's thread.
 */
final class OperationQueue {
    /** Most operations of one thread that wait. */
    static final int CAPACITY = 8192;
    static final int CHUNK = 64;

    /** What all queues of a capture share: how many chunks they have beyond one each. */
    static final class Budget {
        static final int CHUNKS = 1024;
        private static final long USED = UNSAFE.objectFieldOffset(Budget.class, "used");

        private volatile int used;

        boolean take() {
            // read first: threads that find nothing left shall not fight over the cache line
            if (used >= CHUNKS) {
                return false;
            }
            if (UNSAFE.getAndAddInt(this, USED, 1) < CHUNKS) {
                return true;
            }
            give();
            return false;
        }

        void give() {
            UNSAFE.getAndAddInt(this, USED, -1);
        }

        int used() {
            return used;
        }
    }

    private static final class Chunk {
        final OperationRecord[] records = new OperationRecord[CHUNK];
        Chunk next;
    }

    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final long PRODUCED = UNSAFE.objectFieldOffset(OperationQueue.class, "produced");
    private static final long CONSUMED = UNSAFE.objectFieldOffset(OperationQueue.class, "consumed");
    private static final long DROPPED = UNSAFE.objectFieldOffset(OperationQueue.class, "dropped");

    private final Budget budget;

    // producer
    private Chunk tail;
    private long produced;
    private long consumedSeen;
    private long dropped;

    // consumer
    private Chunk head;
    private long consumed;

    OperationQueue(Budget budget) {
        this.budget = budget;
        head = tail = new Chunk();
    }

    /** Producer: appends {@code record}, or counts it as dropped. */
    boolean offer(OperationRecord record) {
        long position = produced;
        if (position - consumedSeen >= CAPACITY) {
            consumedSeen = UNSAFE.getLongAcquire(this, CONSUMED);
            if (position - consumedSeen >= CAPACITY) {
                return drop();
            }
        }
        Chunk chunk = tail;
        int place = (int) position & (CHUNK - 1);
        if (place == 0 && position != 0) {
            if (!budget.take()) {
                return drop();
            }
            chunk = new Chunk();
            tail.next = chunk;
            tail = chunk;
        }
        chunk.records[place] = record;
        UNSAFE.putLongRelease(this, PRODUCED, position + 1);
        return true;
    }

    private boolean drop() {
        UNSAFE.putLongRelease(this, DROPPED, dropped + 1);
        return false;
    }

    /** Any thread: position after the newest operation; the consumer may {@link #take} up to it. */
    long produced() {
        return UNSAFE.getLongAcquire(this, PRODUCED);
    }

    /** Consumer: position of the next operation to take. */
    long consumed() {
        return consumed;
    }

    /** Consumer: removes the next operation; only while {@link #consumed} is below a value that {@link #produced} gave. */
    OperationRecord take() {
        long position = consumed;
        int place = (int) position & (CHUNK - 1);
        Chunk chunk = head;
        if (place == 0 && position != 0) {
            Chunk next = chunk.next;
            // an emptied chunk that has grown old must not keep its successors alive
            chunk.next = null;
            head = chunk = next;
            budget.give();
        }
        OperationRecord record = chunk.records[place];
        chunk.records[place] = null;
        UNSAFE.putLongRelease(this, CONSUMED, position + 1);
        return record;
    }

    /** Any thread: operations that found no place, since the queue was made. */
    long dropped() {
        return UNSAFE.getLongAcquire(this, DROPPED);
    }
}
