package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code struct bpf_object_open_opts} (libbpf.h), as far as it is used. libbpf reads no further than {@code sz}.
 *
 * <pre>
 *  0        8             16
 *  +--------+-------------+
 *  | sz     | object_name |
 *  +--------+-------------+
 * </pre>
 */
final class ObjectOpenOptions {
    private static final int SZ = 0;
    private static final int OBJECT_NAME = 8;
    static final int SIZE = 16;

    private ObjectOpenOptions() {
    }

    static MemorySegment allocate(Arena arena, String objectName) {
        MemorySegment options = arena.allocate(SIZE, 8);
        options.set(ValueLayout.JAVA_LONG, SZ, SIZE);
        options.set(ValueLayout.JAVA_LONG, OBJECT_NAME, arena.allocateFrom(objectName).address());
        return options;
    }
}
