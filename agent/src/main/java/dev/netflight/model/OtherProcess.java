package dev.netflight.model;

/**
 * A followed process that is not the JVM: one that it started, or a neighbour in its container. Mutable, owned by the
 * capture thread: the facts change when the process runs another program.
 */
public final class OtherProcess {
    /** As the initial PID namespace counts. */
    public final int tgid;
    public ProcessInfo info;
    /** The operation that started it or a process it descends from; 0 where none of this capture did. */
    public final long startOperation;
    /** The same once it is known, else {@code null}. */
    public Operation start;
    /** Whether a packet has shown {@link #start}. */
    public boolean startShown;

    public OtherProcess(int tgid, long startOperation) {
        this.tgid = tgid;
        this.startOperation = startOperation;
    }
}
