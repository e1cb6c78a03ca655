package dev.netflight.text;

/** The options of a TCP header: numbers of IANA's registry "TCP Option Kind Numbers". */
final class TcpOptions {
    private static final int END = 0;
    private static final int NOTHING = 1;
    private static final int MAXIMUM_SEGMENT = 2;
    private static final int WINDOW_SCALE = 3;
    private static final int SACK_PERMITTED = 4;
    private static final int SACK = 5;
    private static final int TIMESTAMPS = 8;
    private static final int USER_TIMEOUT = 28;
    private static final int FAST_OPEN = 34;
    private static final int EDGES = 8;

    private TcpOptions() {}

    /**
     * @param base subtracted from the edges of selective acknowledgements
     * @return whether they could be read to their end
     */
    static boolean print(Line line, Octets octets, int length, int base) {
        line.add(", options [");
        int at = 0;
        while (at < length) {
            line.add(at == 0 ? "" : ",");
            int kind = octets.u8(at);
            int size = 1;
            if (kind != END && kind != NOTHING) {
                size = at + 1 < length ? octets.u8(at + 1) : 0;
                if (size < 2 || size > length - at) {
                    return bad(line);
                }
            }
            line.add(name(kind));
            if (size - 2 < leastValue(kind)) {
                return bad(line);
            }
            int used = value(line, octets, kind, at + 2, size - 2, base);
            if (kind != END && kind != NOTHING && used != size - 2) {
                line.add("[len ").add(size).add(']');
            }
            at += size;
            if (kind == END) {
                break;
            }
        }
        line.add(']');
        return true;
    }

    private static boolean bad(Line line) {
        line.add("[bad opt]");
        return false;
    }

    private static int leastValue(int kind) {
        return switch (kind) {
            case MAXIMUM_SEGMENT, USER_TIMEOUT -> 2;
            case WINDOW_SCALE -> 1;
            case TIMESTAMPS -> 8;
            default -> -1;
        };
    }

    private static String name(int kind) {
        return switch (kind) {
            case END -> "eol";
            case NOTHING -> "nop";
            case MAXIMUM_SEGMENT -> "mss";
            case WINDOW_SCALE -> "wscale";
            case SACK_PERMITTED -> "sackOK";
            case SACK -> "sack";
            case 6 -> "echo";
            case 7 -> "echoreply";
            case TIMESTAMPS -> "TS";
            case 19 -> "md5";
            case USER_TIMEOUT -> "uto";
            case 29 -> "tcp-ao";
            case 30 -> "mptcp";
            case FAST_OPEN -> "tfo";
            case 254 -> "exp";
            default -> "unknown-" + kind;
        };
    }

    /** @return bytes of the value that were understood */
    private static int value(Line line, Octets octets, int kind, int at, int size, int base) {
        switch (kind) {
            case END, NOTHING, SACK_PERMITTED -> {
                return 0;
            }
            case MAXIMUM_SEGMENT -> {
                line.add(' ').add(octets.u16(at));
                return 2;
            }
            case WINDOW_SCALE -> {
                line.add(' ').add(octets.u8(at));
                return 1;
            }
            case TIMESTAMPS -> {
                line.add(" val ").add(octets.u32(at)).add(" ecr ").add(octets.u32(at + 4));
                return 8;
            }
            case SACK -> {
                if (size % EDGES != 0) {
                    line.add(" invalid sack");
                    return size;
                }
                line.add(' ').add(size / EDGES).add(' ');
                for (int i = 0; i < size; i += EDGES) {
                    line.add('{').add(Integer.toUnsignedLong(octets.i32(at + i) - base)).add(':')
                            .add(Integer.toUnsignedLong(octets.i32(at + i + 4) - base)).add('}');
                }
                return size;
            }
            case USER_TIMEOUT -> {
                int timeout = octets.u16(at);
                // the lowest bit says minutes
                line.add(" 0x").hex(timeout, 1).add(' ').add((timeout >> 1) * ((timeout & 1) != 0 ? 60 : 1));
                return 2;
            }
            case FAST_OPEN -> {
                line.add(size == 0 ? "  cookiereq" : "  cookie ");
                hex(line, octets, at, size);
                return size;
            }
            default -> {
                if (size > 0) {
                    line.add(" 0x");
                    hex(line, octets, at, size);
                }
                return size;
            }
        }
    }

    private static void hex(Line line, Octets octets, int at, int size) {
        for (int i = 0; i < size; i++) {
            line.hex(octets.u8(at + i), 2);
        }
    }
}
