package dev.netflight.text;

/** Transmission Control Protocol, RFC 9293. */
final class Tcp {
    private static final int HEADER = 20;
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int URG = 32;
    /** By bit, from the lowest. */
    private static final String FLAGS = "FSRP.UEW";
    private static final int DNS = 53;

    private Tcp() {}

    static void print(Line line, Octets octets, int length, Ip ip) {
        line.protocol = "tcp";
        if (!octets.has(0, 4)) {
            ip.ends(line);
            line.add(": ");
        }
        int source = octets.u16(0);
        int destination = octets.u16(2);
        ip.ends(line, source, destination, "tcp");
        octets.need(0, 13);
        int header = (octets.u8(12) >> 4) * 4;
        if (header < HEADER) {
            line.add("tcp ").add(length - header).add(" [bad hdr length ").add(header).add(", too short, < ").add(HEADER)
                    .add(']');
            return;
        }
        if (line.options.quiet()) {
            line.add("tcp ").add(length - header);
            if (header > length) {
                tooLong(line, header, length);
            }
            return;
        }
        octets.need(0, HEADER);
        int flags = octets.u8(13);
        line.add("Flags [");
        for (int bit = 0; bit < 8; bit++) {
            if ((flags >> bit & 1) != 0) {
                line.add(FLAGS.charAt(bit));
            }
        }
        line.add(flags == 0 ? "none]" : "]");
        numbers(line, octets, length, ip, header, flags);
    }

    private static void tooLong(Line line, int header, int length) {
        line.add(" [bad hdr length ").add(header).add(", too long, > ").add(length).add(']');
    }

    private static void numbers(Line line, Octets octets, int length, Ip ip, int header, int flags) {
        int source = octets.u16(0);
        int destination = octets.u16(2);
        int sequence = octets.i32(4);
        int acknowledged = octets.i32(8);
        boolean reverse = source > destination || source == destination && ip.source().compareTo(ip.destination()) > 0;
        int rawSequence = sequence;
        // what selective acknowledgements are relative to
        int base = 0;
        var key = reverse ? new Conversations.Key(ip.destination(), ip.source(), destination, source)
                : new Conversations.Key(ip.source(), ip.destination(), source, destination);
        if ((flags & SYN) != 0) {
            line.conversations.opened(key);
        }
        if (!line.options.absolute() && (flags & ACK) != 0) {
            var now = reverse ? new Conversations.Begin(acknowledged - 1, sequence)
                    : new Conversations.Begin(sequence, acknowledged - 1);
            Conversations.Begin begin = line.conversations.find(key, (flags & SYN) != 0, now);
            if (begin != null) {
                sequence -= reverse ? begin.to() : begin.from();
                acknowledged -= reverse ? begin.from() : begin.to();
                now = begin;
            }
            base = reverse ? now.from() : now.to();
        }
        if (header > length) {
            tooLong(line, header, length);
            return;
        }
        if (line.isVerbose() && !ip.fragment() && octets.has(0, length)) {
            int sum = ip.checksum(octets, length, Ip.TCP);
            line.add(", cksum 0x").hex(octets.u16(16), 4);
            if (sum == 0xffff) {
                line.add(" (correct)");
            } else {
                line.add(" (incorrect -> 0x").hex(Ip.rightChecksum(octets.u16(16), sum), 4).add(')');
            }
        }
        int payload = length - header;
        if (line.options.verbose() > 1 || payload > 0 || (flags & (SYN | FIN | RST)) != 0) {
            line.add(", seq ").add(Integer.toUnsignedLong(sequence));
            if (payload > 0) {
                line.add(':').add(Integer.toUnsignedLong(sequence + payload));
            }
        }
        if ((flags & ACK) != 0) {
            line.add(", ack ").add(Integer.toUnsignedLong(acknowledged));
        }
        line.add(", win ").add(octets.u16(14));
        if ((flags & URG) != 0) {
            line.add(", urg ").add(octets.u16(18));
        }
        if (header > HEADER && !TcpOptions.print(line, octets.from(HEADER), header - HEADER, base)) {
            return;
        }
        line.add(", length ").add(payload);
        if (payload > 0) {
            Octets above = octets.has(header, 1) ? octets.from(header) : null;
            if (above != null && !http2(line, above, payload, key, reverse ? 1 : 0, rawSequence)) {
                payload(line, above, payload, source, destination);
            }
        }
    }

    private static boolean http2(
            Line line, Octets payload, int length, Conversations.Key key, int side, int sequence) {
        int changed = Http2.endOfChange(payload);
        if (changed > 0) {
            Http2.begin(line.conversations.beginHttp2(key), side, sequence + changed);
            return false;
        }
        Http2.Connection connection = Http2.isPreface(payload) ? line.conversations.beginHttp2(key)
                : line.conversations.http2(key);
        if (connection == null) {
            return false;
        }
        Http2.print(line, connection, side, sequence, payload, length);
        return true;
    }

    private static void payload(Line line, Octets payload, int length, int source, int destination) {
        if (source == DNS || destination == DNS) {
            if (length >= 2 && payload.has(0, 2)) {
                line.add(' ');
                Dns.print(line, payload.from(2), length - 2, false);
            }
        } else if (!Http.print(line, payload, length)) {
            Tls.print(line, payload);
        }
    }
}
