package dev.netflight.hook;

/**
 * What an application's thread asks of the kernel programs, over BPF_PROG_RUN on itself. Called on
 * the application's threads: an implementation neither locks nor blocks nor throws, but for the last two, and has been run once on another
 * thread before, so that no class is initialised here for the first time.
 */
public interface KernelThreads {

    /**
     * Ties the calling OS thread to a slot.
     *
     * @return the thread's tid in the JVM's own PID namespace, or a negative errno; the thread is then not followed
     */
    int register(int slotIndex);

    /**
     * Lets the programs follow a connection that the calling thread just accepted, and fill line 1 of its slot, which
     * still shows the accepting operation.
     *
     * @param fd the new connection
     * @return whether the kernel did so; whether it marked the operation is read from the slot
     */
    boolean adopt(int fd, int slotIndex);

    /**
     * Lets the programs fill line 1 of the slot after a call, on kernels where they cannot do it during the call; the
     * slot still shows the operation.
     *
     * @param kind  {@link dev.netflight.model.OperationKind#code} of a call that moves bytes
     * @param bytes bytes that the call moved; 0 for a read that did not, perhaps because the stream has ended
     * @return whether the kernel did so; whether it marked the operation is read from the slot
     */
    boolean query(int fd, int kind, long bytes, int slotIndex);

    /**
     * An operation of the calling thread was captured, so a connection is followed: has calls be seen from now on, where they are
     * not yet. Like the next, it may block, for less than a millisecond, once in a capture.
     */
    default void wakeCalls() {}

    /** The same before the calling thread uses UDP: it has a new socket, or begins to look up a name. */
    default void datagramsBegin() {}
}
