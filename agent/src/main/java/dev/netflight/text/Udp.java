package dev.netflight.text;

/** User Datagram Protocol, RFC 768. */
final class Udp {
    private static final int HEADER = 8;
    private static final int DNS = 53;
    private static final int MULTICAST_DNS = 5353;

    private Udp() {}

    static void print(Line line, Octets octets, int length, Ip ip) {
        line.protocol = "udp";
        if (!octets.has(0, 4)) {
            ip.ends(line);
            line.add(": ");
        }
        int source = octets.u16(0);
        int destination = octets.u16(2);
        ip.ends(line, source, destination, "udp");
        if (length < HEADER) {
            line.add("truncated-udp ").add(length);
            return;
        }
        int whole = octets.u16(4);
        if (whole != 0 && whole < HEADER) {
            line.add("truncated-udplength ").add(whole);
            return;
        }
        int payload = (whole == 0 ? length : whole) - HEADER;
        int there = Math.min(payload, length - HEADER);
        if (line.options.quiet()) {
            told(line, payload, length - HEADER, ip);
            return;
        }
        if (line.options.verbose() > (ip.isVersion6() ? 0 : 1) && !ip.fragment()) {
            checksum(line, octets, there + HEADER, ip);
        }
        octets.need(0, HEADER);
        if (source == DNS || destination == DNS || source == MULTICAST_DNS || destination == MULTICAST_DNS) {
            Dns.print(line, octets.from(HEADER), there, source == MULTICAST_DNS || destination == MULTICAST_DNS);
        } else {
            told(line, payload, length - HEADER, ip);
        }
    }

    private static void told(Line line, int payload, int room, Ip ip) {
        if (payload > room && !ip.fragment()) {
            line.add("UDP, bad length ").add(payload).add(" > ").add(room);
        } else {
            line.add("UDP, length ").add(payload);
        }
    }

    private static void checksum(Line line, Octets octets, int length, Ip ip) {
        int field = octets.u16(6);
        if (field == 0) {
            line.add("[no cksum] ");
        } else if (octets.has(0, length)) {
            int sum = ip.checksum(octets, length, Ip.UDP);
            if (sum == 0xffff) {
                line.add("[udp sum ok] ");
            } else {
                line.add("[bad udp cksum 0x").hex(field, 4).add(" -> 0x").hex(Ip.rightChecksum(field, sum), 4).add("!] ");
            }
        }
    }
}
