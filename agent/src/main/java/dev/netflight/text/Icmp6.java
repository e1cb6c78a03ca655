package dev.netflight.text;

/** Internet Control Message Protocol for version 6, RFC 4443, with neighbor discovery, RFC 4861. */
final class Icmp6 {
    private static final int HEADER = 8;
    private static final int UNREACHABLE = 1;
    private static final int TOO_BIG = 2;
    private static final int TIME_EXCEEDED = 3;
    private static final int ECHO = 128;
    private static final int ECHO_REPLY = 129;
    private static final int NEIGHBOR_SOLICITATION = 135;
    private static final int NEIGHBOR_ADVERTISEMENT = 136;
    private static final int LISTENER_REPORT_2 = 143;
    private static final int PORT = 4;
    private static final int IPV6_HEADER = 40;

    private Icmp6() {}

    static void print(Line line, Octets octets, int length, Ip ip) {
        line.protocol = "icmp6";
        if (line.isVerbose() && octets.has(0, length)) {
            int sum = ip.checksum(octets, length, Ip.ICMP6);
            line.add(sum == 0xffff ? "[icmp6 sum ok] " : "[bad icmp6 cksum 0x");
            if (sum != 0xffff) {
                line.hex(octets.u16(2), 4).add(" -> 0x").hex(Ip.rightChecksum(octets.u16(2), sum), 4).add("!] ");
            }
        }
        int type = octets.u8(0);
        line.add("ICMP6, ").add(name(type));
        switch (type) {
            case ECHO, ECHO_REPLY -> line.add(", id ").add(octets.u16(4)).add(", seq ").add(octets.u16(6));
            case NEIGHBOR_SOLICITATION -> line.add(line.isVerbose() ? ", length " + length : "").add(", who has ").add(line.names.host(Ip.v6(octets, HEADER)));
            case NEIGHBOR_ADVERTISEMENT -> {
                line.add(line.isVerbose() ? ", length " + length : "").add(", tgt is ")
                        .add(line.names.host(Ip.v6(octets, HEADER)));
                if (line.isVerbose()) {
                    line.add(", Flags [").add(flags(octets.u8(4))).add(']');
                }
            }
            case UNREACHABLE -> unreachable(line, octets);
            case TOO_BIG -> line.add(", mtu ").add(octets.u32(4));
            case TIME_EXCEEDED -> line.add(octets.u8(1) == 0 ? " in-transit" : " (reassembly)");
            case LISTENER_REPORT_2 -> line.add(", ").add(octets.u16(6)).add(" group record(s)");
            default -> { }
        }
        // tcpdump leaves it out where more is told
        if (!line.isVerbose() || type == 133 || type == 134) {
            line.add(", length ").add(length);
        }
    }

    private static String flags(int bits) {
        String flags = ((bits & 0x80) != 0 ? ", router" : "") + ((bits & 0x40) != 0 ? ", solicited" : "")
                + ((bits & 0x20) != 0 ? ", override" : "");
        return flags.isEmpty() ? "none" : flags.substring(2);
    }

    private static String name(int type) {
        return switch (type) {
            case UNREACHABLE -> "destination unreachable";
            case TOO_BIG -> "packet too big";
            case TIME_EXCEEDED -> "time exceeded";
            case 4 -> "parameter problem";
            case ECHO -> "echo request";
            case ECHO_REPLY -> "echo reply";
            case 130 -> "multicast listener query";
            case 131 -> "multicast listener report";
            case 132 -> "multicast listener done";
            case 133 -> "router solicitation";
            case 134 -> "router advertisement";
            case NEIGHBOR_SOLICITATION -> "neighbor solicitation";
            case NEIGHBOR_ADVERTISEMENT -> "neighbor advertisement";
            case 137 -> "redirect";
            case LISTENER_REPORT_2 -> "multicast listener report v2";
            default -> "unknown icmp6 type (" + type + ")";
        };
    }

    private static void unreachable(Line line, Octets octets) {
        int code = octets.u8(1);
        line.add(", ").add(switch (code) {
            case 0 -> "unreachable route ";
            case 1 -> " unreachable prohibited ";
            case 2 -> "beyond scope ";
            case 3 -> "unreachable address ";
            case PORT -> "unreachable port, ";
            default -> "unknown unreach code (" + code + ") ";
        }).add(line.names.host(Ip.v6(octets, HEADER + 24)));
        if (code == PORT) {
            int protocol = octets.u8(HEADER + 6);
            if (protocol == Ip.TCP || protocol == Ip.UDP) {
                String name = protocol == Ip.TCP ? "tcp" : "udp";
                line.add(' ').add(name).add(" port ").add(line.names.port(octets.u16(HEADER + IPV6_HEADER + 2), name));
            }
        }
    }
}
