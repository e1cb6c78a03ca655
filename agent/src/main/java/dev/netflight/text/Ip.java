package dev.netflight.text;

import dev.netflight.model.AddressText;

/**
 * What the protocols above IP need to know of it.
 *
 * @param source      as text, by number
 * @param destination as text, by number
 * @param pseudoSum   sum over the addresses, for checksums
 * @param fragment    whether the packet is one of several that make up what is above
 */
record Ip(String source, String destination, long pseudoSum, boolean fragment) {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMP6 = 58;

    /** {@return an address of version 4} */
    static String v4(Octets octets, int at) {
        return AddressText.of(0, 0xffff_0000_0000L | octets.u32(at));
    }

    /** {@return an address of version 6} */
    static String v6(Octets octets, int at) {
        long high = octets.i64(at);
        long low = octets.i64(at + 8);
        String text = AddressText.of(high, low);
        return high == 0 && low >>> 32 == 0xffff ? "::ffff:" + text : text;
    }

    boolean isVersion6() {
        return source.indexOf(':') >= 0;
    }

    /** Writes both ends with their ports. */
    void ends(Line line, int sourcePort, int destinationPort, String protocol) {
        line.add(line.names.host(source)).add('.').add(line.names.port(sourcePort, protocol)).add(" > ")
                .add(line.names.host(destination)).add('.').add(line.names.port(destinationPort, protocol)).add(": ");
    }

    /** Writes both ends. */
    void ends(Line line) {
        line.add(line.names.host(source)).add(" > ").add(line.names.host(destination));
    }

    /** {@return the sum over a whole segment and its pseudo header, 0xffff where its checksum is right} */
    int checksum(Octets segment, int length, int protocol) {
        return Octets.fold(pseudoSum + protocol + length + segment.sum(0, length));
    }

    /** {@return what a checksum field should hold, from what it holds and the whole sum} */
    static int rightChecksum(int field, int sum) {
        int right = ~Octets.fold(sum + (~field & 0xffffL)) & 0xffff;
        return right;
    }

    /** Hands what is above to its protocol. @param length on the wire */
    void print(Line line, int protocol, Octets octets, int length) {
        switch (protocol) {
            case TCP -> Tcp.print(line, octets, length, this);
            case UDP -> Udp.print(line, octets, length, this);
            case ICMP -> Icmp.print(line, octets, length);
            case ICMP6 -> Icmp6.print(line, octets, length, this);
            default -> line.add(' ').add(name(protocol)).add(' ').add(length);
        }
    }

    /** tcpdump's {@code ip-proto-N}, and names of the common ones. */
    private static String name(int protocol) {
        return switch (protocol) {
            case 132 -> "sctp";
            case 47 -> "gre";
            case 50 -> "esp";
            default -> "ip-proto-" + protocol;
        };
    }

    /** {@return a protocol's name in an IP header's description} */
    static String label(int protocol) {
        return switch (protocol) {
            case 0 -> "Options";
            case ICMP -> "ICMP";
            case 2 -> "IGMP";
            case TCP -> "TCP";
            case UDP -> "UDP";
            case 43 -> "Routing";
            case 44 -> "Fragment";
            case 47 -> "GRE";
            case 50 -> "ESP";
            case 51 -> "AH";
            case ICMP6 -> "ICMPv6";
            case 132 -> "SCTP";
            default -> "unknown";
        };
    }
}
