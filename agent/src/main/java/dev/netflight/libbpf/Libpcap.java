package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The part of libpcap that compiles pcap-filter(7) expressions. Each call stands for itself: any thread (libpcap 1.8 and
 * newer compiles without shared state).
 */
public final class Libpcap {
    /** Link types, pcap-linktype(7): Ethernet, and packets that begin with their IP header. */
    public static final int DLT_EN10MB = 1;
    public static final int DLT_RAW = 12;

    /** What libpcap takes for a whole packet; a program returns it for a packet that it accepts. */
    private static final int WHOLE_PACKET = 262_144;

    /** {@code struct bpf_program}: u32 number of instructions, pointer to them; and the size of one. */
    private static final int PROGRAM_SIZE = 16;
    private static final int PROGRAM_LENGTH = 0;
    private static final int PROGRAM_INSTRUCTIONS = 8;

    private final MemorySegment openDead;
    private final MemorySegment compile;
    private final MemorySegment getErr;
    private final MemorySegment freeCode;
    private final MemorySegment close;

    /**
     * Binds to {@code library}.
     *
     * @throws BpfException if it has no libpcap
     */
    public Libpcap(NativeLibrary library) {
        if (!library.hasPcap()) {
            throw new BpfException("A filter needs libpcap, which the native library (" + library.origin()
                    + ") does not hold. Leave out -D" + NativeLibrary.PROPERTY + " to use the bundled one.");
        }
        openDead = library.find("pcap_open_dead");
        compile = library.find("pcap_compile");
        getErr = library.find("pcap_geterr");
        freeCode = library.find("pcap_freecode");
        close = library.find("pcap_close");
    }

    /**
     * Compiles an expression, optimized. 100 µs; a host's name in it is asked of DNS.
     *
     * @param linkType a {@code DLT_…}
     * @param netmask  of the captured network as libpcap has it (its bytes in network order), for {@code ip broadcast}
     * @return instructions of classic BPF, each a {@code struct bpf_insn} read as a little-endian number
     * @throws PcapException in libpcap's words
     */
    public long[] compile(int linkType, String expression, int netmask) throws PcapException {
        if (expression.indexOf('\0') >= 0) {
            throw new PcapException("it has a zero byte");
        }
        long handle = NativeCall.pointerResult(openDead, linkType, WHOLE_PACKET, 0, 0, 0, 0);
        if (handle < 0) {
            throw new BpfException("pcap_open_dead", "link type " + linkType, (int) -handle);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(PROGRAM_SIZE, 8);
            int result = NativeCall.intResult(compile, handle, program.address(), arena.allocateFrom(expression).address(),
                    1, netmask, 0);
            if (result < 0) {
                throw new PcapException(Libbpf.string(NativeCall.pointerResult(getErr, handle, 0, 0, 0, 0, 0)));
            }
            try {
                int length = program.get(ValueLayout.JAVA_INT, PROGRAM_LENGTH);
                return MemorySegment.ofAddress(program.get(ValueLayout.JAVA_LONG, PROGRAM_INSTRUCTIONS))
                        .reinterpret(8L * length).toArray(ValueLayout.JAVA_LONG);
            } finally {
                NativeCall.longResult(freeCode, program.address(), 0, 0, 0, 0, 0);
            }
        } finally {
            NativeCall.longResult(close, handle, 0, 0, 0, 0, 0);
        }
    }
}
