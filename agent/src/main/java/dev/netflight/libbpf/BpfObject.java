package dev.netflight.libbpf;

import java.util.ArrayList;
import java.util.List;

/**
 * A loaded BPF object: its programs and maps are in the kernel.
 *
 * <p>The order of an end: the links made here are destroyed, then the object's descriptors are closed. What was mapped
 * with {@link BpfMap#map} stays readable until its own arena is closed, and holds its map in the kernel as long.
 * If the process dies, the kernel does all of this by itself.
 *
 * <p>Opened, attached and closed by the thread that controls the capture; the lookups may be called by any thread.
 */
public final class BpfObject implements AutoCloseable {
    private final Libbpf libbpf;
    private final String name;
    private final List<BpfLink> links = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();
    private long object;

    BpfObject(Libbpf libbpf, String name, long object) {
        this.libbpf = libbpf;
        this.name = name;
        this.object = object;
    }

    public String name() {
        return name;
    }

    /** @throws BpfException (ENOENT) if the object has no loaded program of that name */
    public synchronized BpfProgram program(String program) {
        long pointer = libbpf.bpf_object__find_program_by_name(alive(), program);
        if (pointer < 0) {
            throw new BpfException("bpf_object__find_program_by_name", name + ", " + program, (int) -pointer);
        }
        int fd = libbpf.bpf_program__fd(pointer);
        if (fd < 0) {
            throw new BpfException("bpf_program__fd", name + ", " + program + " (not loaded)", -fd);
        }
        return new BpfProgram(libbpf, this, program, pointer, fd);
    }

    /**
     * @param map a map's name, or {@code .bss}, {@code .data}, {@code .rodata}
     * @throws BpfException (ENOENT) if the object has none of that name
     */
    public synchronized BpfMap map(String map) {
        long pointer = libbpf.bpf_object__find_map_by_name(alive(), map);
        if (pointer < 0) {
            throw new BpfException("bpf_object__find_map_by_name", name + ", " + map, (int) -pointer);
        }
        int fd = libbpf.bpf_map__fd(pointer);
        if (fd < 0) {
            throw new BpfException("bpf_map__fd", name + ", " + map, -fd);
        }
        return new BpfMap(libbpf, map, fd, libbpf.bpf_map__key_size(pointer), libbpf.bpf_map__value_size(pointer),
                libbpf.bpf_map__max_entries(pointer));
    }

    /** Where a global variable lies in the map of its section. @throws BpfException (ENOENT) if there is none */
    public synchronized Variable variable(String section, String variable) {
        return Variable.find(libbpf, alive(), name, section, variable);
    }

    /**
     * Loads other instructions in the place of a program, which leaves the kernel. They may use the object's maps.
     *
     * @param kind         what kind of program they are
     * @param instructions each a {@code struct bpf_insn} read as a little-endian number
     * @throws BpfException with the verifier's last words in its message, and its whole log
     */
    public synchronized BpfProgram replace(BpfProgram program, ProgramKind kind, long[] instructions) {
        alive();
        int fd = ProgramLoading.load(libbpf, program.name(), kind, instructions);
        descriptors.add(fd);
        if (program.pointer() != 0) {
            libbpf.bpf_program__unload(program.pointer());
        }
        return new BpfProgram(libbpf, this, program.name(), 0, fd);
    }

    private BpfLink attachByDescriptor(BpfProgram program) {
        int link = libbpf.bpf_raw_tracepoint_open(0, program.fd());
        if (link < 0) {
            throw new BpfException("bpf_raw_tracepoint_open", name + ", " + program.name(), -link);
        }
        return BpfLink.ofDescriptor(libbpf, program.name(), link);
    }

    synchronized BpfLink attach(BpfProgram program, long pointer) {
        alive();
        if (pointer == 0) {
            BpfLink attached = attachByDescriptor(program);
            links.add(attached);
            return attached;
        }
        long link = libbpf.bpf_program__attach(pointer);
        if (link < 0) {
            String text;
            try (LibbpfLog log = new LibbpfLog(libbpf)) {
                link = libbpf.bpf_program__attach(pointer); // once more, for its words
                text = log.text();
            }
            if (link < 0) {
                throw new BpfException("bpf_program__attach", name + ", " + program.name(), (int) -link, text);
            }
        }
        BpfLink attached = new BpfLink(libbpf, program.name(), link);
        links.add(attached);
        return attached;
    }

    private long alive() {
        if (object == 0) {
            throw new IllegalStateException("BPF object " + name + " is closed");
        }
        return object;
    }

    /** Destroys the links made through this object, newest first, then closes its programs and maps. Idempotent. */
    @Override
    public synchronized void close() {
        if (object == 0) {
            return;
        }
        for (int i = links.size() - 1; i >= 0; i--) {
            links.get(i).close();
        }
        descriptors.forEach(Libc::close);
        descriptors.clear();
        libbpf.bpf_object__close(object);
        object = 0;
    }
}
