package dev.netflight.libbpf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where a global variable of a BPF object lies, by the object's own BTF.
 *
 * <p>BTF (uapi/linux/btf.h) describes a section as a type of kind DATASEC, followed by one entry per variable:
 * <pre>
 *  struct btf_type                        struct btf_var_secinfo, vlen times
 *  0          4      8      12            0      4        8      12
 *  +----------+------+------+             +------+--------+------+
 *  | name_off | info | size |             | type | offset | size |
 *  +----------+------+------+             +------+--------+------+
 *             info: bits 0–15 vlen
 * </pre>
 *
 * @param section {@code .rodata}, {@code .bss} or {@code .data}
 * @param offset bytes from the start of the section's map value
 * @param size bytes
 */
public record Variable(String section, String name, int offset, int size) {
    private static final int TYPE_BYTES = 12;
    private static final int INFO = 4;
    private static final int SECINFO_BYTES = 12;

    /** @throws BpfException (ENOENT) if the section or the variable does not exist */
    static Variable find(Libbpf libbpf, long object, String objectName, String section, String name) {
        long btf = libbpf.bpf_object__btf(object);
        int id = btf < 0 ? (int) btf : libbpf.btf__find_by_name_kind(btf, section, Libbpf.BTF_KIND_DATASEC);
        if (id < 0) {
            throw new BpfException("btf__find_by_name_kind", objectName + ", " + section, -id);
        }
        MemorySegment type = MemorySegment.ofAddress(libbpf.btf__type_by_id(btf, id)).reinterpret(TYPE_BYTES);
        int count = type.get(ValueLayout.JAVA_INT, INFO) & 0xffff;
        MemorySegment entries = type.reinterpret(TYPE_BYTES + (long) count * SECINFO_BYTES);
        for (int i = 0; i < count; i++) {
            long at = TYPE_BYTES + (long) i * SECINFO_BYTES;
            long variable = libbpf.btf__type_by_id(btf, entries.get(ValueLayout.JAVA_INT, at));
            int nameOffset = MemorySegment.ofAddress(variable).reinterpret(TYPE_BYTES).get(ValueLayout.JAVA_INT, 0);
            if (libbpf.btf__name_by_offset(btf, nameOffset).equals(name)) {
                return new Variable(section, name, entries.get(ValueLayout.JAVA_INT, at + 4), entries.get(ValueLayout.JAVA_INT, at + 8));
            }
        }
        throw new BpfException("btf__find_variable", objectName + ", " + section + " " + name, Errno.ENOENT);
    }
}
