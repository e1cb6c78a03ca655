/**
 * The consumer's end of a BPF ring buffer, in Java over the memory the kernel shares.
 *
 * <p>It delivers records in order and in place, knows nothing of what is in them, and lets its owner hold records in the
 * ring after reading further.
 *
 * <p><b>Threads.</b> One thread, the consumer, owns a {@link dev.netflight.ring.RingBuffer}; only {@code wakeup()} and the
 * counters may be called by others.
 *
 * <p>May import: {@code java.base}, {@code dev.netflight.libbpf}.
 */
package dev.netflight.ring;
