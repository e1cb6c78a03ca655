package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A map in the kernel. Any thread may use it as long as its object is open; each call is one system call, except through
 * {@link #map}.
 */
public final class BpfMap {
    private final Libbpf libbpf;
    private final String name;
    private final int fd;
    private final int keySize;
    private final int valueSize;
    private final int maxEntries;

    BpfMap(Libbpf libbpf, String name, int fd, int keySize, int valueSize, int maxEntries) {
        this.libbpf = libbpf;
        this.name = name;
        this.fd = fd;
        this.keySize = keySize;
        this.valueSize = valueSize;
        this.maxEntries = maxEntries;
    }

    /** A map that somebody else has made. @param fd stays the caller's, who closes it */
    public static BpfMap ofDescriptor(Libbpf libbpf, String name, int fd, int keySize, int valueSize, int maxEntries) {
        return new BpfMap(libbpf, name, fd, keySize, valueSize, maxEntries);
    }

    public String name() {
        return name;
    }

    /** Its descriptor; closed with the object. */
    public int fd() {
        return fd;
    }

    /** Bytes; 0 for a ring buffer. */
    public int keySize() {
        return keySize;
    }

    /** Bytes; 0 for a ring buffer. A per-CPU map has that many, rounded up to 8, for each possible CPU. */
    public int valueSize() {
        return valueSize;
    }

    /** Elements; for a ring buffer its bytes, as the kernel has it. */
    public int maxEntries() {
        return maxEntries;
    }

    /**
     * Copies a value out.
     *
     * @param key native, at least {@link #keySize()} bytes
     * @param value native, at least {@link #valueSize()} bytes (per-CPU: of every possible CPU)
     * @return false if there is no such key
     */
    public boolean lookup(MemorySegment key, MemorySegment value) {
        int result = libbpf.bpf_map_lookup_elem(fd, address(key, keySize), address(value, valueSize));
        if (result < 0 && result != -Errno.ENOENT) {
            throw new BpfException("bpf_map_lookup_elem", name, -result);
        }
        return result >= 0;
    }

    /** The value at an {@code int} key, or {@code null} if there is none. Not for per-CPU maps. */
    public byte[] lookup(int key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(valueSize, 8);
            return lookup(arena.allocateFrom(ValueLayout.JAVA_INT, key), value) ? value.toArray(ValueLayout.JAVA_BYTE) : null;
        }
    }

    /**
     * The value at an {@code int} key of a per-CPU map, as longs, summed over all possible CPUs.
     *
     * @return {@link #valueSize()} / 8 sums, or {@code null} if there is no such key
     */
    public long[] sumPerCpu(int key) {
        int cpus = libbpf.libbpf_num_possible_cpus();
        if (cpus < 0) {
            throw new BpfException("libbpf_num_possible_cpus", name, -cpus);
        }
        int stride = valueSize + 7 & ~7;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate((long) stride * cpus, 8);
            if (!lookup(arena.allocateFrom(ValueLayout.JAVA_INT, key), values)) {
                return null;
            }
            long[] sums = new long[valueSize / 8];
            for (int cpu = 0; cpu < cpus; cpu++) {
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += values.get(ValueLayout.JAVA_LONG, (long) cpu * stride + i * 8L);
                }
            }
            return sums;
        }
    }

    /**
     * Creates or replaces a value.
     *
     * @throws BpfException for instance E2BIG if the map is full
     */
    public void update(MemorySegment key, MemorySegment value) {
        int result = libbpf.bpf_map_update_elem(fd, address(key, keySize), address(value, valueSize), Libbpf.BPF_ANY);
        if (result < 0) {
            throw new BpfException("bpf_map_update_elem", name, -result);
        }
    }

    /** The same with an {@code int} key. */
    public void update(int key, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            update(arena.allocateFrom(ValueLayout.JAVA_INT, key), arena.allocateFrom(ValueLayout.JAVA_BYTE, value));
        }
    }

    /** @return false if there was no such key */
    public boolean delete(MemorySegment key) {
        int result = libbpf.bpf_map_delete_elem(fd, address(key, keySize));
        if (result < 0 && result != -Errno.ENOENT) {
            throw new BpfException("bpf_map_delete_elem", name, -result);
        }
        return result >= 0;
    }

    /**
     * Maps the values of an array map ({@code BPF_F_MMAPABLE}, Linux 5.5; {@code .bss} and {@code .data} are so by
     * themselves), shared with the kernel. Elements lie {@link #valueSize()} rounded up to 8 bytes apart.
     *
     * @param arena unmaps it when it is closed; the map lives in the kernel as long
     * @param writable {@code .rodata} is frozen after load and cannot be
     * @throws BpfException for instance EPERM if the map is frozen, EINVAL if it cannot be mapped
     */
    public MemorySegment map(Arena arena, boolean writable) {
        long bytes = (long) (valueSize + 7 & ~7) * maxEntries;
        int page = Libc.pageSize();
        long pages = (bytes + page - 1) / page * page;
        int protection = writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
        MemorySegment all = Libc.map(arena, pages, protection, fd, 0).asSlice(0, bytes);
        return writable ? all : all.asReadOnly();
    }

    private long address(MemorySegment segment, int atLeast) {
        if (!segment.isNative() || segment.byteSize() < atLeast) {
            throw new IllegalArgumentException("map " + name + ": " + segment.byteSize() + " bytes given, " + atLeast + " needed");
        }
        return segment.address();
    }

    @Override
    public String toString() {
        return name;
    }
}
