package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Anonymous memory outside the heap, as a buffer. It is not counted against {@code -XX:MaxDirectMemorySize}, which is the
 * application's, and its pages appear when they are first touched.
 */
public final class MappedBuffer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final ByteBuffer buffer;

    /** @throws BpfException if the kernel has not so much address space for this process */
    public MappedBuffer(int bytes) {
        try {
            buffer = Libc.map(arena, bytes, Libc.PROT_READ | Libc.PROT_WRITE, -1, 0).asByteBuffer()
                    .order(ByteOrder.nativeOrder());
        } catch (RuntimeException | Error refused) {
            arena.close();
            throw refused;
        }
    }

    /** In native byte order; throws when it is used after {@link #close}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Gives the memory back to the kernel. To be called once. */
    @Override
    public void close() {
        arena.close();
    }
}
