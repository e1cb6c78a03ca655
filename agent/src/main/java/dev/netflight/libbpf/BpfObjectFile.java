package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A BPF object that is open but not loaded: the time to choose its programs, sizes and constants.
 *
 * <p>Confined to one thread at a time. {@link #load()} ends its life, well or ill; {@link #close()} ends it unloaded.
 */
public final class BpfObjectFile implements AutoCloseable {
    private final Libbpf libbpf;
    private final String name;
    private final byte[] bytes;
    // kept so that a failed load can be repeated with libbpf's messages on: a bpf_object loads once
    private final Map<String, Boolean> autoload = new LinkedHashMap<>();
    private final Map<String, Integer> maxEntries = new LinkedHashMap<>();
    private final Map<String, byte[]> constants = new LinkedHashMap<>();
    private long object;

    private BpfObjectFile(Libbpf libbpf, String name, byte[] bytes) {
        this.libbpf = libbpf;
        this.name = name;
        this.bytes = bytes;
    }

    /**
     * Opens the bytes of a BPF ELF file. Needs no privilege.
     *
     * @param name what the kernel shows for it: its first 8 to 15 characters prefix the names of {@code .bss} and
     *         {@code .rodata}
     * @throws BpfException if they are not such a file; {@link BpfException#log()} has libbpf's words
     */
    public static BpfObjectFile open(Libbpf libbpf, String name, byte[] bytes) {
        BpfObjectFile file = new BpfObjectFile(libbpf, name, bytes.clone());
        long object = file.open();
        if (object < 0) {
            try (LibbpfLog log = new LibbpfLog(libbpf)) {
                object = file.open();
                if (object < 0) {
                    throw new BpfException("bpf_object__open_mem", name + ", " + bytes.length + " bytes", (int) -object, log.text());
                }
            }
        }
        file.object = object;
        return file;
    }

    private long open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(Math.max(bytes.length, 1), 8); // libbpf makes a copy of its own
            MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return libbpf.bpf_object__open_mem(copy.address(), bytes.length, ObjectOpenOptions.allocate(arena, name).address());
        }
    }

    /** Whether the object has a program of that name. */
    public boolean hasProgram(String program) {
        return libbpf.bpf_object__find_program_by_name(alive(), program) > 0;
    }

    /**
     * Whether {@link #load()} loads this program.
     *
     * @throws BpfException (ENOENT) if the object has none of that name
     */
    public BpfObjectFile autoload(String program, boolean load) {
        applyAutoload(alive(), program, load);
        autoload.put(program, load);
        return this;
    }

    /**
     * Sets a map's size.
     *
     * @param entries elements; for a ring buffer its bytes, a power of two and a multiple of the page size
     * @throws BpfException (ENOENT) if the object has none of that name
     */
    public BpfObjectFile maxEntries(String map, int entries) {
        applyMaxEntries(alive(), map, entries);
        maxEntries.put(map, entries);
        return this;
    }

    /**
     * Sets a {@code const volatile} variable of {@code .rodata}, found by its name in the object's BTF.
     *
     * @param value cut to the variable's 1, 2, 4 or 8 bytes
     * @throws BpfException (ENOENT) if there is none of that name
     * @throws IllegalArgumentException if the variable has another size, or the value does not fit, neither signed nor
     *         unsigned
     */
    public BpfObjectFile constant(String variable, long value) {
        Variable place = Variable.find(libbpf, alive(), name, ".rodata", variable);
        int size = place.size();
        if (size != 1 && size != 2 && size != 4 && size != 8) {
            throw new IllegalArgumentException(variable + " has " + size + " bytes and is no integer");
        }
        if (size < 8 && value >> (size * 8) != 0 && value >> (size * 8 - 1) != -1) {
            throw new IllegalArgumentException(variable + " has " + size + " bytes, too few for " + value);
        }
        byte[] little = new byte[size]; // the JDK's Linux ports that libbpf is built for are little endian
        for (int i = 0; i < size; i++) {
            little[i] = (byte) (value >> (8 * i));
        }
        return constant(variable, little);
    }

    /** The same for arrays and structs: {@code value} has exactly the variable's size, in the kernel's byte order. */
    public BpfObjectFile constant(String variable, byte[] value) {
        applyConstant(alive(), variable, value);
        constants.put(variable, value.clone());
        return this;
    }

    /**
     * Loads the chosen programs into the kernel, which creates the maps and verifies the programs. Takes some 30 ms,
     * most of it for the kernel's BTF.
     *
     * <p>If that fails it is done again with libbpf's messages on, for the sake of the verifier's log; should the second
     * try succeed, its object is returned.
     *
     * @throws BpfException with the verifier's last words in its message, and its whole log
     */
    public BpfObject load() {
        int result = libbpf.bpf_object__load(alive());
        if (result >= 0) {
            return handOver();
        }
        close();
        try (LibbpfLog log = new LibbpfLog(libbpf)) {
            object = open();
            if (object < 0) {
                throw new BpfException("bpf_object__open_mem", name, (int) -object, log.text());
            }
            try {
                for (var each : autoload.entrySet()) {
                    applyAutoload(object, each.getKey(), each.getValue());
                }
                for (var each : maxEntries.entrySet()) {
                    applyMaxEntries(object, each.getKey(), each.getValue());
                }
                for (var each : constants.entrySet()) {
                    applyConstant(object, each.getKey(), each.getValue());
                }
                result = libbpf.bpf_object__load(object);
                if (result >= 0) {
                    return handOver();
                }
                throw new BpfException("bpf_object__load", name, -result, log.text());
            } finally {
                close();
            }
        }
    }

    private BpfObject handOver() {
        BpfObject loaded = new BpfObject(libbpf, name, object);
        object = 0;
        return loaded;
    }

    private void applyAutoload(long object, String program, boolean load) {
        long pointer = libbpf.bpf_object__find_program_by_name(object, program);
        check("bpf_object__find_program_by_name", program, pointer);
        check("bpf_program__set_autoload", program, libbpf.bpf_program__set_autoload(pointer, load));
    }

    private void applyMaxEntries(long object, String map, int entries) {
        long pointer = libbpf.bpf_object__find_map_by_name(object, map);
        check("bpf_object__find_map_by_name", map, pointer);
        check("bpf_map__set_max_entries", map + ", " + entries, libbpf.bpf_map__set_max_entries(pointer, entries));
    }

    private void applyConstant(long object, String variable, byte[] value) {
        Variable place = Variable.find(libbpf, object, name, ".rodata", variable);
        if (value.length != place.size()) {
            throw new IllegalArgumentException(variable + " has " + place.size() + " bytes, not " + value.length);
        }
        long map = libbpf.bpf_object__find_map_by_name(object, ".rodata");
        check("bpf_object__find_map_by_name", ".rodata", map);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            long address = libbpf.bpf_map__initial_value(map, size.address());
            check("bpf_map__initial_value", ".rodata", address);
            MemorySegment section = MemorySegment.ofAddress(address).reinterpret(size.get(ValueLayout.JAVA_LONG, 0));
            MemorySegment.copy(value, 0, section, ValueLayout.JAVA_BYTE, place.offset(), value.length);
        }
    }

    private void check(String function, String argument, long result) {
        if (result < 0) {
            throw new BpfException(function, name + ", " + argument, (int) -result);
        }
    }

    private long alive() {
        if (object == 0) {
            throw new IllegalStateException("BPF object file " + name + " is closed or loaded");
        }
        return object;
    }

    /** Gives up an object that was not loaded. Idempotent; after {@link #load()} it does nothing. */
    @Override
    public void close() {
        if (object > 0) {
            libbpf.bpf_object__close(object);
        }
        object = 0;
    }

    /** The programs switched off so far, for messages. */
    public List<String> switchedOff() {
        List<String> names = new ArrayList<>();
        for (var each : autoload.entrySet()) {
            if (!each.getValue()) {
                names.add(each.getKey());
            }
        }
        return names;
    }
}
