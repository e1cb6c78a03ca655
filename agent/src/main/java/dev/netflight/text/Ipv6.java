package dev.netflight.text;

/** Internet Protocol, Version 6, RFC 8200, with its extension headers. */
final class Ipv6 {
    private static final int HEADER = 40;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int NOTHING = 59;
    private static final int DESTINATION = 60;
    /** More of them than any packet has. */
    private static final int MOST_HEADERS = 8;

    private Ipv6() {}

    /** @param length what the layer below says there is */
    static void print(Line line, Octets octets, int length) {
        line.protocol = "ip6";
        octets.need(0, HEADER);
        int payload = octets.u16(4);
        if (length < payload + HEADER) {
            line.add("truncated-ip6 - ").add(payload + HEADER - length).add(" bytes missing!");
        }
        int above = payload == 0 ? length - HEADER : payload;
        Octets packet = octets.atMost(HEADER + above);
        int next = octets.u8(6);
        if (line.isVerbose()) {
            describe(line, octets, payload, next);
        }
        var ip = new Ip(Ip.v6(octets, 8), Ip.v6(octets, 24), octets.sum(8, 32), false);
        if (next != Ip.TCP && next != Ip.UDP) {
            ip.ends(line);
            line.add(": ");
        }
        headers(line, packet, above, next, ip);
    }

    private static void describe(Line line, Octets octets, int payload, int next) {
        int first = octets.i32(0);
        int tos = first >>> 20 & 0xff;
        line.add('(');
        if (tos != 0) {
            line.add("class 0x").hex(tos, 2).add(", ");
        }
        if ((first & 0xfffff) != 0) {
            line.add("flowlabel 0x").hex(first & 0xfffff, 5).add(", ");
        }
        line.add("hlim ").add(octets.u8(7)).add(", next-header ").add(next == HOP_BY_HOP ? "Options" : Ip.label(next)).add(" (")
                .add(next).add(") payload length: ").add(payload).add(") ");
    }

    private static void headers(Line line, Octets packet, int length, int first, Ip ip) {
        int at = HEADER;
        int left = length;
        int next = first;
        for (int i = 0; i < MOST_HEADERS; i++) {
            int size;
            switch (next) {
                case HOP_BY_HOP, ROUTING, DESTINATION -> {
                    line.add(next == HOP_BY_HOP ? "HBH " : next == ROUTING ? "srcrt " : "DSTOPT ");
                    size = (packet.u8(at + 1) + 1) * 8;
                }
                case FRAGMENT -> {
                    int offset = packet.u16(at + 2) & 0xfff8;
                    size = 8;
                    line.add("frag (");
                    if (line.isVerbose()) {
                        line.add("0x").hex(packet.u32(at + 4), 8).add(':');
                    }
                    line.add(offset).add('|').add(left - size).add(") ");
                    if (offset != 0) {
                        return;
                    }
                }
                case NOTHING -> {
                    line.add("no next header");
                    return;
                }
                default -> {
                    ip.print(line, next, packet.from(at), left);
                    return;
                }
            }
            next = packet.u8(at);
            at += size;
            left = Math.max(0, left - size);
        }
        line.add("too many extension headers");
    }
}
