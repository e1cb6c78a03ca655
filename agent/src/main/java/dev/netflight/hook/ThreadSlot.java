package dev.netflight.hook;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;

/**
 * The Java side of a slot: which OS thread has it, and the queue of its operations. There is one per slot number; it
 * passes from a dead thread to a new one by way of the capture thread, see {@link ThreadSlots}.
 *
 * <p>Fields are written by the owning thread only, apart from {@code owned}, {@code retired} and the names kept for
 * the capture thread.
 */
public final class ThreadSlot {
    static final VarHandle VIRTUAL_THREAD;

    static {
        try {
            VIRTUAL_THREAD = MethodHandles.lookup().findVarHandle(ThreadSlot.class, "virtualThread", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Number of the slot, or -1 for the mark of a thread that is not followed. */
    public final int index;
    /** Where the slot's 128 bytes lie. */
    final long address;
    final ThreadSlots owner;
    final OperationQueue queue;

    /** The platform thread, or the carrier. Set at registration, before the slot is published to the capture thread. */
    WeakReference<Thread> carrier;
    int tid;

    /** The virtual thread inside a call; {@code null} while a platform thread is. Cleared when the call ends. */
    @SuppressWarnings("unused") // read through VIRTUAL_THREAD
    Thread virtualThread;
    /** What {@link OperationListener#operationStarted} returned for the call in progress. */
    Object event;

    /** {@link ThreadSlots#generation} when a slot was last asked for in vain; only where {@link #index} is -1. */
    int generation;

    ThreadSlot(ThreadSlots owner, int index, long address, OperationQueue queue) {
        this.owner = owner;
        this.index = index;
        this.address = address;
        this.queue = queue;
    }

    /** Kernel thread id of the slot's thread, in the JVM's own PID namespace. */
    public int tid() {
        return tid;
    }
}
