package dev.netflight.model;

/**
 * The Java thread of an operation, as it was when the operation ended.
 *
 * @param name       {@code Thread.getName()}; empty for an unnamed virtual thread
 * @param id         {@code Thread.threadId()}; 0 of a thread of which only the kernel's view is known
 * @param virtual    whether it is a virtual thread
 * @param carrier    name of the carrier thread, or {@code null} for a platform thread
 * @param tid        kernel thread id (of the carrier, for a virtual thread), in the JVM's own PID namespace
 * @param nativeName name of the thread that owns {@code tid}: the carrier's or the platform thread's own
 */
public record JavaThread(String name, long id, boolean virtual, String carrier, int tid, String nativeName) {}
