package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Loads a program from its instructions.
 *
 * <pre>
 *  struct bpf_prog_load_opts (bpf.h of libbpf 1.x), as far as it is used
 *  0      8          12            20      24        32            36        88          92         96        104
 *  +------+----------+------- … ---+-------+--- … ---+-------------+--- … ---+-----------+----------+---------+
 *  | sz   | attempts | attach type | flags |         |attach BTF id|         | log level | log size | log     |
 *  +------+----------+------- … ---+-------+--- … ---+-------------+--- … ---+-----------+----------+---------+
 * </pre>
 */
final class ProgramLoading {
    private static final int SZ = 0;
    private static final int EXPECTED_ATTACH_TYPE = 12;
    private static final int PROG_FLAGS = 20;
    private static final int ATTACH_BTF_ID = 32;
    private static final int LOG_LEVEL = 88;
    private static final int LOG_SIZE = 92;
    private static final int LOG_BUF = 96;
    private static final int SIZE = 104;

    private static final String LICENSE = "Dual BSD/GPL";
    private static final int LOG_BYTES = 16 << 20;

    private ProgramLoading() {}

    /** @return the program's descriptor @throws BpfException with the verifier's words */
    static int load(Libbpf libbpf, String name, ProgramKind kind, long[] instructions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = arena.allocate(SIZE, 8);
            options.set(ValueLayout.JAVA_LONG, SZ, SIZE);
            options.set(ValueLayout.JAVA_INT, EXPECTED_ATTACH_TYPE, kind.attachType());
            options.set(ValueLayout.JAVA_INT, PROG_FLAGS, kind.flags());
            options.set(ValueLayout.JAVA_INT, ATTACH_BTF_ID, kind.attachBtfId());
            MemorySegment code = arena.allocateFrom(ValueLayout.JAVA_LONG, instructions);
            long itsName = arena.allocateFrom(name).address();
            long license = arena.allocateFrom(LICENSE).address();
            int fd = libbpf.bpf_prog_load(kind.type(), itsName, license, code.address(), instructions.length,
                    options.address());
            if (fd >= 0) {
                return fd;
            }
            MemorySegment log = arena.allocate(LOG_BYTES);
            options.set(ValueLayout.JAVA_INT, LOG_LEVEL, 1);
            options.set(ValueLayout.JAVA_INT, LOG_SIZE, LOG_BYTES);
            options.set(ValueLayout.JAVA_LONG, LOG_BUF, log.address());
            fd = libbpf.bpf_prog_load(kind.type(), itsName, license, code.address(), instructions.length, options.address());
            if (fd >= 0) {
                return fd;
            }
            String words = log.getString(0);
            throw new BpfException("bpf_prog_load", name, -fd, words.isEmpty() ? "" : LibbpfLog.framed(name, words));
        }
    }
}
