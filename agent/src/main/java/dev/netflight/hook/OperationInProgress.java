package dev.netflight.hook;

/**
 * A look into a slot whose thread is inside a call. A flyweight of the capture thread, filled by
 * {@link Operations#inProgress(int, OperationInProgress)}.
 */
public final class OperationInProgress {
    public int slotIndex;
    /** Id, as {@link OperationRecord#operation}. */
    public long operation;
    /** {@link dev.netflight.model.OperationKind#code}. */
    public int kind;
    /** The descriptor that the call was given, or -1. For {@code accept} the listening socket's. */
    public int fd;
    /** Who is inside the call, or {@code null} where that is not known. */
    public Thread thread;
    /** Kernel thread id, in the JVM's own PID namespace. */
    public int tid;
    /** Whether the kernel has seen the operation on a socket of this capture; what follows is valid only then. */
    public boolean captured;
    /** The socket cookie. */
    public long cookie;
    /** As {@link OperationRecord#flags}. */
    public int flags;
    /** First byte that the call sends, as a TCP sequence number; valid with {@link SlotLayout#BEGUN} or {@link SlotLayout#SENT}. */
    public int tx0;
}
