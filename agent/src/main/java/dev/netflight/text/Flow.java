package dev.netflight.text;

import dev.netflight.read.CaptureInterface;
import dev.netflight.read.CapturedPacket;

/**
 * Which connection a packet belongs to, and the bytes of it that it carries.
 *
 * @param source      address and port, as text
 * @param destination address and port, as text
 * @param protocol    tcp or udp
 * @param sequence    TCP's number of the first byte
 * @param payload     bytes above TCP or UDP on the wire
 */
public record Flow(String source, String destination, String protocol, int sequence, int payload) {
    private static final int ETHERNET = 14;
    private static final int IPV4_TYPE = 0x0800;
    private static final int IPV6_TYPE = 0x86dd;

    /** {@return the flow, or {@code null} for what is neither TCP nor UDP over plain IP} */
    public static Flow of(CapturedPacket packet) {
        try {
            return of(new Octets(packet.data(), packet.offset(), packet.capturedLength()), packet.on().linkType());
        } catch (Octets.CutOff tooShort) {
            return null;
        }
    }

    private static Flow of(Octets frame, int linkType) {
        int header = LinkLayer.length(linkType);
        int type = switch (linkType) {
            case CaptureInterface.LINKTYPE_ETHERNET -> frame.u16(ETHERNET - 2);
            case CaptureInterface.LINKTYPE_LINUX_SLL -> frame.u16(14);
            case CaptureInterface.LINKTYPE_LINUX_SLL2 -> frame.u16(0);
            default -> frame.u8(header) >> 4 == 4 ? IPV4_TYPE : IPV6_TYPE;
        };
        Octets network = frame.from(header);
        return switch (type) {
            case IPV4_TYPE -> (network.u16(6) & 0x1fff) != 0 ? null : transport(network, (network.u8(0) & 15) * 4,
                    network.u8(9), network.u16(2), Ip.v4(network, 12), Ip.v4(network, 16));
            case IPV6_TYPE -> transport(network, 40, network.u8(6), network.u16(4) + 40, Ip.v6(network, 8),
                    Ip.v6(network, 24));
            default -> null;
        };
    }

    private static Flow transport(Octets network, int header, int protocol, int length, String source, String destination) {
        if (protocol != Ip.TCP && protocol != Ip.UDP) {
            return null;
        }
        Octets transport = network.from(header);
        String from = source + '.' + transport.u16(0);
        String to = destination + '.' + transport.u16(2);
        return protocol == Ip.UDP ? new Flow(from, to, "udp", 0, Math.max(0, length - header - 8))
                : new Flow(from, to, "tcp", transport.i32(4), Math.max(0, length - header - (transport.u8(12) >> 4) * 4));
    }
}
