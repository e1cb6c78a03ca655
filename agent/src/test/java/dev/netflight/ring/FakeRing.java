package dev.netflight.ring;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A ring buffer in plain memory with the kernel's layout and rules, data mapped twice: for tests and benchmarks that have
 * no privilege. The producer's side is for one thread.
 */
final class FakeRing {
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    final Arena arena = Arena.ofShared();
    final MemorySegment consumer = arena.allocate(8, 8);
    final MemorySegment producer = arena.allocate(8, 8);
    final MemorySegment sleeping = arena.allocate(8, 8);
    final MemorySegment data;
    final RingBuffer ring;
    private final long size;
    private long produced;

    FakeRing(int size, long firstPosition) {
        this.size = size;
        int fd = Libc.memfd_create("ring", Libc.MFD_CLOEXEC);
        if (fd < 0) {
            throw new BpfException("memfd_create", "ring", -fd);
        }
        try {
            MemorySegment zeros = arena.allocate(size, 8);
            if (Libc.write(fd, zeros.address(), size) != size) {
                throw new IllegalStateException("memfd of " + size + " bytes");
            }
            data = Libc.map(arena, 2L * size, Libc.PROT_READ | Libc.PROT_WRITE, -1, 0);
            for (int half = 0; half < 2; half++) {
                long address = data.address() + (long) half * size;
                if (Libc.mmap(address, size, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED, fd, 0) != address) {
                    throw new IllegalStateException("mmap of the " + half + ". half");
                }
            }
        } finally {
            Libc.close(fd);
        }
        produced = firstPosition;
        consumer.set(ValueLayout.JAVA_LONG, 0, firstPosition);
        producer.set(ValueLayout.JAVA_LONG, 0, firstPosition);
        ring = new RingBuffer(arena, consumer, producer, data, size, sleeping, 0, -1, -1);
    }

    /** As bpf_ringbuf_reserve: @return the record's position, or −1 if there is no room. */
    long reserve(int length) {
        long next = produced + RingLayout.stride(length);
        if (next - (long) LONG.getAcquire(consumer, 0L) > size - 1) {
            return -1;
        }
        long position = produced;
        data.set(ValueLayout.JAVA_INT, position & size - 1, length | RingLayout.BUSY);
        produced = next;
        LONG.setRelease(producer, 0L, next);
        return position;
    }

    /** Where a reserved record's data begins in {@link #data}. */
    long place(long position) {
        return (position & size - 1) + RingLayout.HEADER_BYTES;
    }

    void submit(long position) {
        commit(position, 0);
    }

    void discard(long position) {
        commit(position, RingLayout.DISCARD);
    }

    private void commit(long position, int flag) {
        long header = position & size - 1;
        int length = data.get(ValueLayout.JAVA_INT, header) & RingLayout.LENGTH_MASK;
        INT.setRelease(data, header, length | flag);
    }

    /** A whole record whose data begins with {@code value}. @return its position, or −1 */
    long put(int length, long value) {
        long position = reserve(length);
        if (position >= 0) {
            data.set(ValueLayout.JAVA_LONG, place(position), value);
            submit(position);
        }
        return position;
    }
}
