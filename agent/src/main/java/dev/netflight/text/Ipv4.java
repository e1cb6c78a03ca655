package dev.netflight.text;

import java.util.Locale;

/** Internet Protocol, RFC 791. */
final class Ipv4 {
    private static final int HEADER = 20;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int RESERVED = 0x8000;
    private static final int OFFSET = 0x1fff;

    private Ipv4() {}

    /** @param length what the layer below says there is */
    static void print(Line line, Octets octets, int length) {
        line.protocol = "ip";
        octets.need(0, HEADER);
        int header = (octets.u8(0) & 15) * 4;
        if (header < HEADER) {
            line.add("bad-hlen ").add(header);
            return;
        }
        int total = octets.u16(2);
        if (total == 0) {
            total = length; // a segment that the device cuts later has no length yet
        }
        if (length < total) {
            line.add("truncated-ip - ").add(total - length).add(" bytes missing! ");
        }
        if (total < header) {
            line.add("bad-len ").add(total);
            return;
        }
        Octets packet = octets.atMost(total);
        int fragment = octets.u16(6);
        int protocol = octets.u8(9);
        var ip = new Ip(Ip.v4(octets, 12), Ip.v4(octets, 16), octets.sum(12, 8),
                (fragment & (MORE_FRAGMENTS | OFFSET)) != 0);
        if (line.isVerbose()) {
            describe(line, octets, header, fragment, protocol);
        }
        int above = total - header;
        if ((fragment & OFFSET) != 0) {
            ip.ends(line);
            line.add(":").add(line.options.numeric() ? " ip-proto-" + protocol
                    : " " + Ip.label(protocol).toLowerCase(Locale.ROOT));
            return;
        }
        if (protocol != Ip.TCP && protocol != Ip.UDP) {
            ip.ends(line);
            line.add(": ");
        }
        ip.print(line, protocol, packet.from(header), above);
    }

    private static void describe(Line line, Octets octets, int header, int fragment, int protocol) {
        int tos = octets.u8(1);
        line.add("(tos 0x").hex(tos, 1);
        line.add(switch (tos & 3) {
            case 1 -> ",ECT(1)";
            case 2 -> ",ECT(0)";
            case 3 -> ",CE";
            default -> "";
        });
        if (octets.u8(8) >= 1) {
            line.add(", ttl ").add(octets.u8(8));
        }
        line.add(", id ").add(octets.u16(4)).add(", offset ").add((fragment & OFFSET) * 8).add(", flags [")
                .add(flags(fragment)).add("], proto ").add(Ip.label(protocol)).add(" (").add(protocol).add("), length ")
                .add(octets.u16(2));
        if (header > HEADER) {
            line.add(", options (").add(header - HEADER).add(" bytes)");
        }
        if (octets.has(0, header)) {
            int sum = octets.sum(0, header);
            if (sum != 0xffff) {
                line.add(", bad cksum ").hex(octets.u16(10), 1).add(" (->").hex(Ip.rightChecksum(octets.u16(10), sum), 1)
                        .add(")!");
            }
        }
        line.add(")\n    ");
    }

    private static String flags(int fragment) {
        StringBuilder flags = new StringBuilder();
        flags.append((fragment & MORE_FRAGMENTS) != 0 ? "+, " : "").append((fragment & DONT_FRAGMENT) != 0 ? "DF, " : "")
                .append((fragment & RESERVED) != 0 ? "rsvd, " : "");
        return flags.isEmpty() ? "none" : flags.substring(0, flags.length() - 2);
    }
}
