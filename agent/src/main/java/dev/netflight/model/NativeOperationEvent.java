package dev.netflight.model;

/**
 * A kernel event: bytes were moved by a thread of the process that was in no operation of ours: native code, or a
 * thread without a slot.
 *
 * @param tid  the thread, in the initial PID namespace
 * @param from first byte, as a TCP sequence number
 * @param to   one past the last
 */
public record NativeOperationEvent(long monoNanos, long cookie, int tid, int from, int to, boolean sent) {}
