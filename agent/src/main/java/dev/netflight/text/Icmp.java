package dev.netflight.text;

/** Internet Control Message Protocol, RFC 792. */
final class Icmp {
    private static final int HEADER = 8;
    private static final int ECHO_REPLY = 0;
    private static final int UNREACHABLE = 3;
    private static final int REDIRECT = 5;
    private static final int ECHO = 8;
    private static final int TIME_EXCEEDED = 11;
    private static final int PARAMETER_PROBLEM = 12;

    private static final int PROTOCOL = 2;
    private static final int PORT = 3;
    private static final int TOO_BIG = 4;

    private Icmp() {}

    static void print(Line line, Octets octets, int length) {
        line.protocol = "icmp";
        int type = octets.u8(0);
        line.add("ICMP ");
        switch (type) {
            case ECHO, ECHO_REPLY -> line.add(type == ECHO ? "echo request" : "echo reply").add(", id ").add(octets.u16(4))
                    .add(", seq ").add(octets.u16(6));
            case UNREACHABLE -> unreachable(line, octets);
            case REDIRECT -> line.add("redirect ").add(line.names.host(Ip.v4(octets, HEADER + 16))).add(" to ")
                    .add(octets.u8(1) == 0 ? "net " : "host ").add(line.names.host(Ip.v4(octets, 4)));
            case TIME_EXCEEDED -> line.add(octets.u8(1) == 0 ? "time exceeded in-transit" : "ip reassembly time exceeded");
            case PARAMETER_PROBLEM -> line.add("parameter problem - octet ").add(octets.u8(4));
            default -> line.add(name(type));
        }
        line.add(", length ").add(length);
        if (line.isVerbose()) {
            if (octets.has(0, length) && octets.sum(0, length) != 0xffff) {
                line.add(" (wrong icmp cksum ").hex(octets.u16(2), 1).add(" (->")
                        .hex(Ip.rightChecksum(octets.u16(2), octets.sum(0, length)), 1).add(")!)");
            }
            if (type == UNREACHABLE || type == REDIRECT || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM) {
                line.add(line.options.link() ? "\n\t" : "\n\tIP ");
                Octets quoted = octets.from(HEADER);
                // of what is quoted the end is always missing: that is no fault
                Ipv4.print(line, quoted, Math.max(quoted.length(), quoted.u16(2)));
            }
        }
    }

    private static String name(int type) {
        return switch (type) {
            case 4 -> "source quench";
            case 9 -> "router advertisement";
            case 10 -> "router solicitation";
            case 13 -> "time stamp query";
            case 14 -> "time stamp reply";
            case 17 -> "address mask request";
            case 18 -> "address mask reply";
            default -> "type-#" + type;
        };
    }

    private static void unreachable(Line line, Octets octets) {
        int code = octets.u8(1);
        String destination = line.names.host(Ip.v4(octets, HEADER + 16));
        switch (code) {
            case PROTOCOL -> line.add(destination).add(" protocol ").add(octets.u8(HEADER + 9)).add(" unreachable");
            case PORT -> {
                int header = (octets.u8(HEADER) & 15) * 4;
                int protocol = octets.u8(HEADER + 9);
                int port = octets.u16(HEADER + header + 2);
                line.add(destination);
                if (protocol == Ip.TCP || protocol == Ip.UDP) {
                    String name = protocol == Ip.TCP ? "tcp" : "udp";
                    line.add(' ').add(name).add(" port ").add(line.names.port(port, name)).add(" unreachable");
                } else {
                    line.add(" protocol ").add(protocol).add(" port ").add(port).add(" unreachable");
                }
            }
            case TOO_BIG -> {
                line.add(destination).add(" unreachable - need to frag");
                if (octets.u16(6) != 0) {
                    line.add(" (mtu ").add(octets.u16(6)).add(')');
                }
            }
            case 0 -> line.add("net ").add(destination).add(" unreachable");
            case 1 -> line.add("host ").add(destination).add(" unreachable");
            case 9, 10, 13 -> line.add(code == 9 ? "net " : "host ").add(destination).add(" unreachable - admin prohibited")
                    .add(code == 13 ? " filter" : "");
            default -> line.add(destination).add(" unreachable - #").add(code);
        }
    }
}
