package dev.netflight.text;

import java.util.Set;

/** The first line of an HTTP/1 message, RFC 9112, on whatever port. */
final class Http {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND");
    private static final String VERSION = "HTTP/1.";
    /** Longer ones are cut; they are shown to people. */
    private static final int LONGEST_LINE = 1_024;
    private static final int LONGEST_METHOD = 8;

    private Http() {}

    /** @return whether it is one */
    static boolean print(Line line, Octets payload, int length) {
        if (!isBegin(payload)) {
            return false;
        }
        if (!line.isVerbose()) {
            line.add(": HTTP: ").add(text(payload, 0));
            return true;
        }
        line.add(": HTTP, length: ").add(length);
        for (int at = 0; at < payload.length();) {
            String text = text(payload, at);
            line.add("\n\t").add(text);
            while (at < payload.length() && payload.u8(at) != '\n') {
                at++;
            }
            at++;
            if (text.isEmpty()) {
                break;
            }
        }
        return true;
    }

    private static boolean isBegin(Octets payload) {
        if (payload.has(0, VERSION.length()) && payload.ascii(0, VERSION.length()).equals(VERSION)) {
            return true;
        }
        for (int at = 0; at <= LONGEST_METHOD && payload.has(at, 1); at++) {
            if (payload.u8(at) == ' ') {
                return METHODS.contains(payload.ascii(0, at));
            }
        }
        return false;
    }

    private static String text(Octets payload, int at) {
        int end = at;
        while (end < payload.length() && payload.u8(end) != '\n' && end - at < LONGEST_LINE) {
            end++;
        }
        if (end > at && payload.u8(end - 1) == '\r') {
            end--;
        }
        return payload.ascii(at, end - at);
    }
}
