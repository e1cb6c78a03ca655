package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A pcap-filter(7) expression applied to packets by libpcap's own interpreter, {@code bpf_filter}. One thread. */
public final class OfflineFilter implements AutoCloseable {
    /** What the network's mask is, where it is not known; {@code PCAP_NETMASK_UNKNOWN}. */
    private static final int NO_NETMASK = -1;
    private static final int LINKTYPE_RAW = 101;
    private static final int BUFFER = 1 << 18;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment function;
    private final MemorySegment image;
    private final MemorySegment program;
    private final MemorySegment packet = arena.allocate(BUFFER, 8);

    /**
     * @param linkType LINKTYPE_… of the packets
     * @throws PcapException where libpcap does not understand the expression, in its words
     */
    public OfflineFilter(int linkType, String expression) throws PcapException {
        NativeLibrary library = NativeLibrary.required();
        long[] instructions = new Libpcap(library).compile(linkType == LINKTYPE_RAW ? Libpcap.DLT_RAW : linkType, expression,
                NO_NETMASK);
        function = library.find("bpf_filter");
        image = library.find("bpf_image");
        program = arena.allocateFrom(ValueLayout.JAVA_LONG, instructions);
    }

    /** {@return whether a packet is one of those} @param length on the wire */
    public boolean accepts(byte[] data, int offset, int captured, int length) {
        int there = Math.min(captured, BUFFER);
        MemorySegment.copy(data, offset, packet, ValueLayout.JAVA_BYTE, 0, there);
        return NativeCall.intResult(function, program.address(), packet.address(), length, there, 0, 0) != 0;
    }

    /** {@return the program, an instruction on each line, as {@code tcpdump -d} shows it} */
    public String listing() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < program.byteSize() / 8; i++) {
            text.append(Libbpf.string(NativeCall.pointerResult(image, program.address() + 8L * i, i, 0, 0, 0, 0))).append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        arena.close();
    }
}
