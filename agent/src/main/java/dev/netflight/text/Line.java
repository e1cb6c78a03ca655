package dev.netflight.text;

/** A line that is being written, with what all protocols need for it. */
final class Line {
    final StringBuilder text;
    final TextOptions options;
    final Names names;
    final Conversations conversations;
    /** The protocol whose part is being written, by tcpdump's name for it. */
    String protocol = "";

    Line(StringBuilder text, TextOptions options, Names names, Conversations conversations) {
        this.text = text;
        this.options = options;
        this.names = names;
        this.conversations = conversations;
    }

    Line add(String words) {
        text.append(words);
        return this;
    }

    Line add(char c) {
        text.append(c);
        return this;
    }

    Line add(long number) {
        text.append(number);
        return this;
    }

    /** Appends a number's low bits in at least {@code digits} hexadecimal digits. */
    Line hex(long number, int digits) {
        String hex = Long.toHexString(number);
        text.repeat('0', Math.max(0, digits - hex.length())).append(hex);
        return this;
    }

    /** Appends a hardware address. */
    Line hardware(Octets octets, int at, int length) {
        for (int i = 0; i < length; i++) {
            if (i > 0) {
                text.append(':');
            }
            hex(octets.u8(at + i), 2);
        }
        return this;
    }

    boolean isVerbose() {
        return options.verbose() > 0;
    }
}
