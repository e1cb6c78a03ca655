package dev.netflight.hook;

import dev.netflight.model.JavaThread;
import java.lang.ref.WeakReference;
import jdk.internal.misc.Unsafe;

/**
 * The Java side of a slot: which OS thread has it, and the queue of its operations. There is one per slot number; it
 * passes from a dead thread to a new one by way of the capture thread, see {@link ThreadSlots}.
 */
public final class ThreadSlot {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final long VIRTUAL_THREAD = UNSAFE.objectFieldOffset(ThreadSlot.class, "virtualThread");
    private static final long OWNED = UNSAFE.objectFieldOffset(ThreadSlot.class, "owned");

    /** {@link #index} of the mark that a thread has which is not followed: negative, and the slot of no operation. */
    static final int MARK = Integer.MIN_VALUE;

    /** Number of the slot, or {@link #MARK}. */
    final int index;
    /** Where the slot's 128 bytes lie, see {@link SlotLayout}. */
    final long address;
    final ThreadSlots owner;
    /** {@code null} in a mark. */
    final OperationQueue queue;

    // written by the owning thread when it registers, read by the capture thread while the slot is owned
    WeakReference<Thread> carrier;
    int tid;
    private boolean owned;

    // written by the owning thread around each call
    private Thread virtualThread;
    /** What {@link OperationListener#operationStarted} gave for the call in progress; of no concern to others. */
    Object event;

    /** When the call in progress began, {@code System.nanoTime()}; 0 where nobody wants to know. */
    long startedNanos;

    /** Only in a mark: {@link ThreadSlots#freed()} when a slot was last asked for in vain. */
    int askedAt;

    // the capture thread's own
    JavaThread lastThread;
    String lastNativeName = "";

    ThreadSlot(ThreadSlots owner, int index, long address, OperationQueue queue) {
        this.owner = owner;
        this.index = index;
        this.address = address;
        this.queue = queue;
    }

    /** Number of the slot, from 0. */
    public int index() {
        return index;
    }

    /** Kernel thread id of the slot's thread, in the JVM's own PID namespace. */
    public int tid() {
        return tid;
    }

    /** Owning thread, before the operation is published in the slot. */
    void enterVirtual(Thread thread) {
        virtualThread = thread;
    }

    /** Owning thread, after the slot is idle again: the capture thread never sees another call's thread with this one. */
    void leaveVirtual() {
        if (virtualThread != null) {
            UNSAFE.putReferenceRelease(this, VIRTUAL_THREAD, null);
        }
    }

    /** Capture thread: who is inside the call in progress, or {@code null}. */
    Thread threadInside() {
        Thread virtual = (Thread) UNSAFE.getReferenceAcquire(this, VIRTUAL_THREAD);
        return virtual != null ? virtual : carrier();
    }

    /** Capture thread: the platform thread or carrier, {@code null} if it was collected. */
    Thread carrier() {
        WeakReference<Thread> reference = carrier;
        return reference == null ? null : reference.get();
    }

    /** Registering thread, last of all: what it wrote before is visible to whoever sees the slot owned. */
    void own() {
        UNSAFE.putBooleanRelease(this, OWNED, true);
    }

    /** Capture thread, before the slot goes back to the free ones. */
    void disown() {
        UNSAFE.putBooleanRelease(this, OWNED, false);
    }

    boolean owned() {
        return UNSAFE.getBooleanAcquire(this, OWNED);
    }
}
