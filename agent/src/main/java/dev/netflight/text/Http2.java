package dev.netflight.text;

import java.util.regex.Pattern;

/**
 * The names of HTTP/2 frames, RFC 9113, of connections whose client's preface, or change from HTTP/1.1 (h2c), was seen in
 * clear. Where frames begin is known from there on, as long as no packet is missing and what was kept of each has the frames'
 * headers; after that nothing is written.
 */
final class Http2 {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int END_OF_HEADERS = 0x0d0a0d0a;
    private static final int FRAME_HEADER = 9;
    private static final int SETTINGS = 4;
    private static final int SETTING = 6;
    private static final String[] TYPES = {"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING",
        "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"};

    private static final String CHANGE = "HTTP/1.1 101 ";
    private static final Pattern TO_HTTP2 = Pattern.compile("\\.\\.upgrade: *h2c\\.\\.", Pattern.CASE_INSENSITIVE);
    private static final int LONGEST_CHANGE = 1_024;

    /** One connection. */
    static final class Connection {
        private final Side[] sides = {new Side(), new Side()};
    }

    /** One direction: the sequence number of the next frame's first byte, once it is known. */
    private static final class Side {
        private boolean isKnown;
        private int next;
    }

    private Http2() {}

    /** {@return whether the client's part of a connection begins with this} */
    static boolean isPreface(Octets payload) {
        if (!payload.has(0, PREFACE.length())) {
            return false;
        }
        for (int i = 0; i < PREFACE.length(); i++) {
            if (payload.u8(i) != PREFACE.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** {@return where a server's answer ends with which it changes to HTTP/2; 0 for anything else} */
    static int endOfChange(Octets payload) {
        if (!payload.has(0, CHANGE.length()) || !payload.ascii(0, CHANGE.length()).equals(CHANGE)) {
            return 0;
        }
        int end = 0;
        while (end + 4 <= Math.min(payload.length(), LONGEST_CHANGE)) {
            if (payload.i32(end) == END_OF_HEADERS) {
                // line ends are dots
                return TO_HTTP2.matcher(payload.ascii(0, end + 2)).find() ? end + 4 : 0;
            }
            end++;
        }
        return 0;
    }

    /** From {@code sequence} on that side sends frames. */
    static void begin(Connection connection, int side, int sequence) {
        connection.sides[side].isKnown = true;
        connection.sides[side].next = sequence;
    }

    /**
     * Writes the frames that begin in a packet.
     *
     * @param side     of the connection, 0 or 1
     * @param sequence of the payload's first byte, as in the packet
     * @param length   of the payload on the wire
     */
    static void print(Line line, Connection connection, int side, int sequence, Octets payload, int length) {
        Side sender = connection.sides[side];
        String before = ": HTTP/2: ";
        if (isPreface(payload)) {
            begin(connection, side, sequence + PREFACE.length());
            line.add(before).add("preface");
            before = ", ";
        } else if (!sender.isKnown && isSettings(payload)) {
            begin(connection, side, sequence); // with which a server begins
        }
        if (!sender.isKnown || sender.next - sequence < 0) {
            sender.isKnown = false;
            return;
        }
        for (int at = sender.next - sequence; at < length; at = sender.next - sequence) {
            if (!payload.has(at, FRAME_HEADER)) {
                sender.isKnown = false;
                return;
            }
            int type = payload.u8(at + 3);
            line.add(before).add(type < TYPES.length ? TYPES[type] : "frame of type " + type);
            long stream = payload.u32(at + 5) & 0x7fff_ffff;
            if (stream != 0) {
                line.add(" stream ").add(stream);
            }
            before = ", ";
            sender.next += FRAME_HEADER + payload.u24(at);
        }
    }

    private static boolean isSettings(Octets payload) {
        return payload.has(0, FRAME_HEADER) && payload.u8(3) == SETTINGS && payload.u8(4) == 0 && payload.u32(5) == 0
                && payload.u24(0) % SETTING == 0;
    }
}
