package dev.netflight.text;

/** The begin of a TLS session, RFC 8446: a ClientHello with the name of the server that is asked for (SNI, RFC 6066). */
final class Tls {
    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_HELLO = 2;
    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE_HEADER = 4;
    private static final int VERSION_AND_RANDOM = 34;
    private static final int SERVER_NAME = 0;

    private Tls() {}

    /** Writes nothing where the payload is something else. */
    static void print(Line line, Octets payload) {
        if (!payload.has(0, RECORD_HEADER + HANDSHAKE_HEADER) || payload.u8(0) != HANDSHAKE || payload.u8(1) != 3) {
            return;
        }
        int type = payload.u8(RECORD_HEADER);
        if (type == SERVER_HELLO) {
            line.add(": TLS: ServerHello");
        } else if (type == CLIENT_HELLO) {
            line.add(": TLS: ClientHello");
            try {
                String name = serverName(payload.from(RECORD_HEADER + HANDSHAKE_HEADER));
                line.add(name == null ? "" : " for " + name);
            } catch (Octets.CutOff notKept) {
                // the name lies behind what was kept of the packet
            }
        }
    }

    private static String serverName(Octets hello) {
        int at = VERSION_AND_RANDOM;
        at += 1 + hello.u8(at);
        at += 2 + hello.u16(at);
        at += 1 + hello.u8(at);
        int end = at + 2 + hello.u16(at);
        at += 2;
        while (at + 4 <= end) {
            int type = hello.u16(at);
            int length = hello.u16(at + 2);
            if (type == SERVER_NAME && length > 5) {
                return hello.ascii(at + 9, hello.u16(at + 7));
            }
            at += 4 + length;
        }
        return null;
    }
}
