package dev.netflight.filter;

import dev.netflight.libbpf.Libpcap;
import dev.netflight.libbpf.PcapException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A pcap-filter(7) expression, compiled and translated. Its code is a function of its own for each kind of device, as
 * {@link Translator} says.
 */
public final class PacketFilter {
    /** What the libpcap of tcpdump is given for a network whose mask is not known, as of the device {@code any}. */
    public static final int NO_NETMASK = 0;

    private static final Pattern VLAN = Pattern.compile("\\bvlan\\b");

    private final String expression;
    private final List<ClassicInstruction> classic;
    private final long[] ethernet;
    private final long[] ip;
    private final String whyNoIp;
    private final boolean isByConnection;
    private final boolean rejectsDatagrams;

    private PacketFilter(String expression, List<ClassicInstruction> classic, List<ClassicInstruction> layerThree, String whyNoIp)
            throws FilterException {
        this.expression = expression;
        this.classic = classic;
        this.ethernet = translate(expression, classic);
        this.ip = translate(expression, layerThree);
        this.whyNoIp = whyNoIp;
        this.isByConnection = !speaksOfTags() && ConnectionVerdict.isSame(classic, true)
                && ConnectionVerdict.isSame(layerThree, false);
        this.rejectsDatagrams = ConnectionVerdict.rejectsDatagrams(classic, true)
                && ConnectionVerdict.rejectsDatagrams(layerThree, false);
    }

    /**
     * Compiles an expression. Names in it are looked up now, which may ask DNS.
     *
     * @param netmask of the captured network, in network byte order read as a little-endian number, for
     *                {@code ip broadcast}
     * @throws FilterException in libpcap's words, or our own for what cannot run in the kernel
     */
    public static PacketFilter compile(Libpcap libpcap, String expression, int netmask) throws FilterException {
        List<ClassicInstruction> classic = classic(libpcap, Libpcap.DLT_EN10MB, expression, netmask);
        // what asks for a link layer, such as ether host, is true of no packet that has none
        List<ClassicInstruction> layerThree = List.of(new ClassicInstruction(Classic.RET, 0, 0, 0));
        String whyNoIp = null;
        try {
            layerThree = classic(libpcap, Libpcap.DLT_RAW, expression, netmask);
        } catch (FilterException needsLinkLayer) {
            whyNoIp = needsLinkLayer.getMessage();
        }
        return new PacketFilter(expression, classic, layerThree, whyNoIp);
    }

    private static List<ClassicInstruction> classic(Libpcap libpcap, int linkType, String expression, int netmask)
            throws FilterException {
        try {
            return Arrays.stream(libpcap.compile(linkType, expression, netmask)).mapToObj(ClassicInstruction::of).toList();
        } catch (PcapException refused) {
            throw new FilterException("filter=" + expression + " is no pcap-filter(7) expression: " + refused.getMessage()
                    + ".");
        }
    }

    private static long[] translate(String expression, List<ClassicInstruction> program) throws FilterException {
        try {
            return Translator.translate(program);
        } catch (FilterException impossible) {
            throw new FilterException("filter=" + expression + " cannot run in the kernel: " + impossible.getMessage() + ".");
        }
    }

    /** {@return the expression as its author wrote it} */
    public String expression() {
        return expression;
    }

    /** {@return why it accepts no packet that has no link layer, in libpcap's words; {@code null} where it may} */
    public String whyNoIp() {
        return whyNoIp;
    }

    /**
     * {@return whether it tests VLAN tags} To one that does not a tag that the kernel keeps beside a packet is not there, as
     * it is not to tcpdump's.
     */
    public boolean speaksOfTags() {
        return VLAN.matcher(expression).find();
    }

    /**
     * {@return whether it says the same of all packets of a TCP connection that go one way} True of {@code tcp port 443},
     * {@code host 10.0.0.1}; false of what looks at flags, lengths, VLAN tags or the link layer, and of {@code not port 22}, which
     * also accepts what is no IP.
     */
    public boolean isByConnection() {
        return isByConnection;
    }

    /** {@return whether it accepts no packet of UDP, whatever its addresses and ports} True of {@code tcp port 443}. */
    public boolean rejectsDatagrams() {
        return rejectsDatagrams;
    }

    /** {@return instructions of libpcap's program for Ethernet} */
    public int classicLength() {
        return classic.size();
    }

    /** {@return eBPF for a device with an Ethernet header} A copy. */
    public long[] ethernet() {
        return ethernet.clone();
    }

    /** {@return eBPF for a device without a link layer} A copy. */
    public long[] ip() {
        return ip.clone();
    }

    @Override
    public String toString() {
        return expression;
    }
}
