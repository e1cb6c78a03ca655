package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Functions of libbpf 1.0 and newer, by their C names. Pointers are {@code long}.
 *
 * <p>Results follow one rule: a failure is <b>−errno</b>, also where C returns NULL (no user space address is negative).
 * The functions may be called by any thread as far as libbpf allows: one thread at a time for one {@code bpf_object},
 * any thread for those that take file descriptors.
 */
public final class Libbpf {
    /** {@code bpf_map_update_elem}: create or replace. */
    public static final long BPF_ANY = 0;
    /** BTF kinds ({@code uapi/linux/btf.h}) for {@link #btf__find_by_name_kind}. */
    public static final int BTF_KIND_STRUCT = 4;
    public static final int BTF_KIND_ENUM = 6;
    public static final int BTF_KIND_TYPEDEF = 8;
    public static final int BTF_KIND_FUNC = 12;
    public static final int BTF_KIND_DATASEC = 15;

    private final NativeLibrary library;
    private final MemorySegment objectOpenMem;
    private final MemorySegment objectLoad;
    private final MemorySegment objectClose;
    private final MemorySegment objectFindMap;
    private final MemorySegment objectFindProgram;
    private final MemorySegment objectBtf;
    private final MemorySegment mapFd;
    private final MemorySegment mapSetInitialValue;
    private final MemorySegment mapInitialValue;
    private final MemorySegment mapSetMaxEntries;
    private final MemorySegment mapMaxEntries;
    private final MemorySegment mapKeySize;
    private final MemorySegment mapValueSize;
    private final MemorySegment programSetAutoload;
    private final MemorySegment programAttach;
    private final MemorySegment programFd;
    private final MemorySegment programInstructions;
    private final MemorySegment programInstructionCount;
    private final MemorySegment programUnload;
    private final MemorySegment progLoad;
    private final MemorySegment rawTracepointOpen;
    private final MemorySegment linkCreate;
    private final MemorySegment linkDestroy;
    private final MemorySegment linkFd;
    private final MemorySegment mapLookup;
    private final MemorySegment mapUpdate;
    private final MemorySegment mapDelete;
    private final MemorySegment objGetInfo;
    private final MemorySegment setPrint;
    private final MemorySegment versionString;
    private final MemorySegment possibleCpus;
    private final MemorySegment btfLoadVmlinux;
    private final MemorySegment btfFind;
    private final MemorySegment btfTypeById;
    private final MemorySegment btfNameByOffset;
    private final MemorySegment btfFree;
    /** For {@link ProgramRun}, which calls it with capture segments of its own. */
    final MemorySegment progTestRunOpts;

    /**
     * Binds to {@code library}.
     *
     * @throws BpfException if a function is missing; the message names it
     */
    public Libbpf(NativeLibrary library) {
        this.library = library;
        objectOpenMem = function("bpf_object__open_mem");
        objectLoad = function("bpf_object__load");
        objectClose = function("bpf_object__close");
        objectFindMap = function("bpf_object__find_map_by_name");
        objectFindProgram = function("bpf_object__find_program_by_name");
        objectBtf = function("bpf_object__btf");
        mapFd = function("bpf_map__fd");
        mapSetInitialValue = function("bpf_map__set_initial_value");
        mapInitialValue = function("bpf_map__initial_value");
        mapSetMaxEntries = function("bpf_map__set_max_entries");
        mapMaxEntries = function("bpf_map__max_entries");
        mapKeySize = function("bpf_map__key_size");
        mapValueSize = function("bpf_map__value_size");
        programSetAutoload = function("bpf_program__set_autoload");
        programAttach = function("bpf_program__attach");
        programFd = function("bpf_program__fd");
        programInstructions = function("bpf_program__insns");
        programInstructionCount = function("bpf_program__insn_cnt");
        programUnload = function("bpf_program__unload");
        progLoad = function("bpf_prog_load");
        rawTracepointOpen = function("bpf_raw_tracepoint_open");
        linkCreate = function("bpf_link_create");
        linkDestroy = function("bpf_link__destroy");
        linkFd = function("bpf_link__fd");
        mapLookup = function("bpf_map_lookup_elem");
        mapUpdate = function("bpf_map_update_elem");
        mapDelete = function("bpf_map_delete_elem");
        objGetInfo = function("bpf_obj_get_info_by_fd");
        progTestRunOpts = function("bpf_prog_test_run_opts");
        setPrint = function("libbpf_set_print");
        versionString = function("libbpf_version_string");
        possibleCpus = function("libbpf_num_possible_cpus");
        btfLoadVmlinux = function("btf__load_vmlinux_btf");
        btfFind = function("btf__find_by_name_kind");
        btfTypeById = function("btf__type_by_id");
        btfNameByOffset = function("btf__name_by_offset");
        btfFree = function("btf__free");
        NativeCall.intResult(setPrint, 0, 0, 0, 0, 0, 0); // libbpf writes to the application's stderr otherwise
    }

    private MemorySegment function(String name) {
        MemorySegment address = library.find(name);
        if (address.address() == 0) {
            throw new BpfException("The native library (" + library.origin() + ") has no function " + name
                    + ". Netflight needs libbpf 1.0 or newer; leave out -D" + NativeLibrary.PROPERTY
                    + " to use the bundled one.");
        }
        return address;
    }

    public NativeLibrary library() {
        return library;
    }

    /** @param options a {@code struct bpf_object_open_opts}, see {@link ObjectOpenOptions} @return a bpf_object, or −errno */
    long bpf_object__open_mem(long bytes, long size, long options) {
        return NativeCall.pointerResult(objectOpenMem, bytes, size, options, 0, 0, 0);
    }

    /** @return 0, or −errno; an object that failed to load cannot be loaded again, only closed */
    int bpf_object__load(long object) {
        return NativeCall.intResult(objectLoad, object, 0, 0, 0, 0, 0);
    }

    /** Closes the descriptors of all programs and maps; links live on until they are destroyed. */
    void bpf_object__close(long object) {
        NativeCall.longResult(objectClose, object, 0, 0, 0, 0, 0);
    }

    /** @return a bpf_map, or −ENOENT */
    long bpf_object__find_map_by_name(long object, String name) {
        return withString(objectFindMap, object, name);
    }

    /** @return a bpf_program, or −ENOENT */
    long bpf_object__find_program_by_name(long object, String name) {
        return withString(objectFindProgram, object, name);
    }

    /** @return the object's own BTF (not to be freed), or −errno if it has none */
    long bpf_object__btf(long object) {
        return NativeCall.pointerResult(objectBtf, object, 0, 0, 0, 0, 0);
    }

    /** @return the map's descriptor, or −errno before the object is loaded */
    int bpf_map__fd(long map) {
        return NativeCall.intResult(mapFd, map, 0, 0, 0, 0, 0);
    }

    /** Before load only. {@code size} must be the map's value size. @return 0, or −errno */
    int bpf_map__set_initial_value(long map, long data, long size) {
        return NativeCall.intResult(mapSetInitialValue, map, data, size, 0, 0, 0);
    }

    /**
     * Where the initial value of a global data map lies. Before load only: with libbpf 1.1 and no skeleton this is not
     * the live map afterwards.
     *
     * @param sizeOut points to a size_t that receives the value's size
     */
    long bpf_map__initial_value(long map, long sizeOut) {
        return NativeCall.pointerResult(mapInitialValue, map, sizeOut, 0, 0, 0, 0);
    }

    /** Before load only. @return 0, or −errno */
    int bpf_map__set_max_entries(long map, int entries) {
        return NativeCall.intResult(mapSetMaxEntries, map, entries, 0, 0, 0, 0);
    }

    /** For a ring buffer: its size in bytes (after load: as rounded up to a power of two). */
    int bpf_map__max_entries(long map) {
        return NativeCall.intResult(mapMaxEntries, map, 0, 0, 0, 0, 0);
    }

    int bpf_map__key_size(long map) {
        return NativeCall.intResult(mapKeySize, map, 0, 0, 0, 0, 0);
    }

    int bpf_map__value_size(long map) {
        return NativeCall.intResult(mapValueSize, map, 0, 0, 0, 0, 0);
    }

    /** Before load only. @return 0, or −errno */
    int bpf_program__set_autoload(long program, boolean autoload) {
        return NativeCall.intResult(programSetAutoload, program, autoload ? 1 : 0, 0, 0, 0, 0);
    }

    /** Attaches by what the program's section name says. @return a bpf_link, or −errno */
    long bpf_program__attach(long program) {
        return NativeCall.pointerResult(programAttach, program, 0, 0, 0, 0, 0);
    }

    /** @return the program's descriptor, or −errno if it is not loaded */
    int bpf_program__fd(long program) {
        return NativeCall.intResult(programFd, program, 0, 0, 0, 0, 0);
    }

    /** Its instructions, after load with all relocations done. They are libbpf's. @return a pointer, or −errno */
    long bpf_program__insns(long program) {
        return NativeCall.pointerResult(programInstructions, program, 0, 0, 0, 0, 0);
    }

    long bpf_program__insn_cnt(long program) {
        return NativeCall.longResult(programInstructionCount, program, 0, 0, 0, 0, 0);
    }

    /** Takes the program out of the kernel again, unless something else holds it. */
    void bpf_program__unload(long program) {
        NativeCall.longResult(programUnload, program, 0, 0, 0, 0, 0);
    }

    /**
     * @param type one of {@code enum bpf_prog_type} @param options a {@code struct bpf_prog_load_opts}, see
     *        {@link ProgramLoadOptions} @return a descriptor, or −errno
     */
    int bpf_prog_load(int type, long name, long license, long instructions, long count, long options) {
        return NativeCall.intResult(progLoad, type, name, license, instructions, count, options);
    }

    /**
     * Attaches where the program's BTF id says.
     *
     * @param name 0 for a program that has a BTF id @return the link's descriptor, or −errno
     */
    int bpf_raw_tracepoint_open(long name, int program) {
        return NativeCall.intResult(rawTracepointOpen, name, program, 0, 0, 0, 0);
    }

    /**
     * Attaches to something that is named by a number.
     *
     * @param target an ifindex or a descriptor, as {@code attachType} has it
     * @param options a {@code struct bpf_link_create_opts}, or 0 @return the link's descriptor, or −errno
     */
    int bpf_link_create(int program, int target, int attachType, long options) {
        return NativeCall.intResult(linkCreate, program, target, attachType, options, 0, 0);
    }

    /** Detaches and frees. @return 0, or −errno */
    int bpf_link__destroy(long link) {
        return NativeCall.intResult(linkDestroy, link, 0, 0, 0, 0, 0);
    }

    int bpf_link__fd(long link) {
        return NativeCall.intResult(linkFd, link, 0, 0, 0, 0, 0);
    }

    /** @return 0, or −errno (−ENOENT: no such key) */
    int bpf_map_lookup_elem(int fd, long key, long value) {
        return NativeCall.intResult(mapLookup, fd, key, value, 0, 0, 0);
    }

    /** @return 0, or −errno */
    int bpf_map_update_elem(int fd, long key, long value, long flags) {
        return NativeCall.intResult(mapUpdate, fd, key, value, flags, 0, 0);
    }

    /** @return 0, or −errno (−ENOENT: no such key) */
    int bpf_map_delete_elem(int fd, long key) {
        return NativeCall.intResult(mapDelete, fd, key, 0, 0, 0, 0);
    }

    /** {@code lengthInOut} points to a u32: the buffer's size, then what the kernel filled. @return 0, or −errno */
    int bpf_obj_get_info_by_fd(int fd, long info, long lengthInOut) {
        return NativeCall.intResult(objGetInfo, fd, info, lengthInOut, 0, 0, 0);
    }

    /** @param function address of a {@code libbpf_print_fn_t}, 0 to say nothing. For the whole process. */
    void libbpf_set_print(long function) {
        NativeCall.longResult(setPrint, function, 0, 0, 0, 0, 0);
    }

    /** For instance {@code v1.1.2}. */
    public String libbpf_version_string() {
        return string(NativeCall.pointerResult(versionString, 0, 0, 0, 0, 0, 0));
    }

    /** How many values a per-CPU map's element has. @return a count, or −errno */
    public int libbpf_num_possible_cpus() {
        return NativeCall.intResult(possibleCpus, 0, 0, 0, 0, 0, 0);
    }

    /** The running kernel's BTF. @return a btf, or −errno (−ENOENT or −ESRCH: the kernel has none) */
    long btf__load_vmlinux_btf() {
        return NativeCall.pointerResult(btfLoadVmlinux, 0, 0, 0, 0, 0, 0);
    }

    /** @return the type's id, or −ENOENT */
    int btf__find_by_name_kind(long btf, String name, int kind) {
        try (Arena arena = Arena.ofConfined()) {
            return NativeCall.intResult(btfFind, btf, arena.allocateFrom(name).address(), kind, 0, 0, 0);
        }
    }

    /** @return a {@code struct btf_type}, or −errno */
    long btf__type_by_id(long btf, int id) {
        return NativeCall.pointerResult(btfTypeById, btf, id, 0, 0, 0, 0);
    }

    String btf__name_by_offset(long btf, int offset) {
        return string(NativeCall.pointerResult(btfNameByOffset, btf, offset, 0, 0, 0, 0));
    }

    void btf__free(long btf) {
        NativeCall.longResult(btfFree, btf, 0, 0, 0, 0, 0);
    }

    private static long withString(MemorySegment function, long object, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return NativeCall.pointerResult(function, object, arena.allocateFrom(name).address(), 0, 0, 0, 0);
        }
    }

    /** A C string that libbpf owns; empty for a failed call. */
    static String string(long address) {
        return address <= 0 ? "" : MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
    }
}
