package dev.netflight.text;

/** Address Resolution Protocol, RFC 826, for IPv4. */
final class Arp {
    private static final int ETHERNET = 1;
    private static final int IPV4 = 0x0800;
    private static final int REQUEST = 1;
    private static final int REPLY = 2;

    private Arp() {}

    static void print(Line line, Octets octets, int length) {
        line.protocol = "arp";
        int hardware = octets.u16(0);
        int protocol = octets.u16(2);
        int hardwareLength = octets.u8(4);
        int protocolLength = octets.u8(5);
        int operation = octets.u16(6);
        if (protocol != IPV4 || protocolLength != 4 || hardwareLength == 0) {
            line.add("Unknown Hardware (").add(hardware).add(") or Protocol (0x").hex(protocol, 4).add("), length ").add(length);
            return;
        }
        if (line.isVerbose()) {
            line.add(hardware == ETHERNET ? "Ethernet" : "Unknown Hardware (" + hardware + ")").add(" (len ")
                    .add(hardwareLength).add("), IPv4 (len ").add(protocolLength).add("), ");
        }
        int sender = 8 + hardwareLength;
        int target = sender + 4 + hardwareLength;
        octets.need(0, target + 4);
        String tell = line.names.host(Ip.v4(octets, sender));
        String who = line.names.host(Ip.v4(octets, target));
        switch (operation) {
            case REQUEST -> {
                line.add("Request who-has ").add(who);
                if (!isZero(octets, sender + 4, hardwareLength)) {
                    line.add(" (").hardware(octets, sender + 4, hardwareLength).add(')');
                }
                line.add(" tell ").add(tell);
            }
            case REPLY -> line.add("Reply ").add(tell).add(" is-at ").hardware(octets, 8, hardwareLength);
            default -> line.add("Unknown (").add(operation).add(')');
        }
        line.add(", length ").add(length);
    }

    private static boolean isZero(Octets octets, int at, int length) {
        for (int i = 0; i < length; i++) {
            if (octets.u8(at + i) != 0) {
                return false;
            }
        }
        return true;
    }
}
