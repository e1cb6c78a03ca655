package dev.netflight.model;

/**
 * A kernel event: bytes were moved by a thread of the process that was in no operation of ours: native code, or a
 * thread without a slot.
 *
 * @param tid  the thread, in the PID namespace of the process
 * @param from first byte, as a TCP sequence number
 * @param to   one past the last
 * @param name the thread's, as the kernel has it: at most 15 bytes
 */
public record NativeOperationEvent(long monoNanos, long cookie, int tid, int from, int to, boolean sent, String name) {}
