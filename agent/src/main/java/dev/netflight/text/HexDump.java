package dev.netflight.text;

/** The bytes of a packet below its line, as tcpdump shows them. */
final class HexDump {
    private static final int PER_LINE = 16;
    private static final int HEX_WIDTH = 40;

    private HexDump() {}

    static void print(StringBuilder text, TextOptions.Dump kind, Octets octets) {
        switch (kind) {
            case NONE -> { }
            case ASCII, ASCII_WITH_LINK -> ascii(text, octets);
            case HEX, HEX_WITH_LINK -> hex(text, octets, false);
            case HEX_AND_ASCII, HEX_AND_ASCII_WITH_LINK -> hex(text, octets, true);
        }
    }

    private static void hex(StringBuilder text, Octets octets, boolean withAscii) {
        for (int at = 0; at < octets.length(); at += PER_LINE) {
            text.append(String.format("%n\t0x%04x: ", at));
            int start = text.length();
            int end = Math.min(at + PER_LINE, octets.length());
            for (int i = at; i < end; i++) {
                if ((i & 1) == 0) {
                    text.append(' ');
                }
                int value = octets.u8(i);
                text.append(Character.forDigit(value >> 4, 16)).append(Character.forDigit(value & 15, 16));
            }
            if (withAscii) {
                text.repeat(' ', HEX_WIDTH - (text.length() - start)).append("  ").append(octets.ascii(at, end - at)
                        .replace(' ', '.'));
            }
        }
    }

    /** Line ends are kept, and carriage returns before them left out. */
    private static void ascii(StringBuilder text, Octets octets) {
        text.append('\n');
        for (int i = 0; i < octets.length(); i++) {
            int c = octets.u8(i);
            if (c == '\r' && octets.has(i + 1, 1) && octets.u8(i + 1) == '\n') {
                continue;
            }
            text.append(c >= ' ' && c < 0x7f || c == '\n' || c == '\t' ? (char) c : '.');
        }
    }
}
