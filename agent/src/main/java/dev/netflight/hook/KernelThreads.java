package dev.netflight.hook;

/**
 * The three things that an application's thread asks of the kernel programs, over BPF_PROG_RUN on itself. Called on
 * the application's threads: an implementation neither locks nor blocks nor throws, and has been run once on another
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
     * Fills line 1 of the slot for a connection just accepted by the calling thread; the slot still shows the accepting
     * operation.
     *
     * @param fd the new connection
     * @return whether the connection is one of this capture
     */
    boolean adopt(int fd, int slotIndex);

    /**
     * Fills line 1 of the slot after a call that moved bytes, on kernels whose programs cannot do it during the call;
     * the slot still shows the operation.
     *
     * @param kind  {@link dev.netflight.model.OperationKind#code}
     * @param bytes bytes that the call moved, at least 1
     * @return whether the socket is one of this capture
     */
    boolean query(int fd, int kind, long bytes, int slotIndex);
}
