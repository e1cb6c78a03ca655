package dev.netflight.attribute;

import dev.netflight.model.Connection;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.TroubleEvent;

/** What events say of a connection itself: its ends, its sums, how it ended. */
final class ConnectionFacts {
    private ConnectionFacts() {}

    static void count(Connection connection, PacketEvent event) {
        if (event.outbound) {
            connection.packetsSent++;
            connection.bytesSent += event.payloadLength;
            connection.wireBytesSent += event.originalLength;
        } else {
            connection.packetsReceived++;
            connection.bytesReceived += event.payloadLength;
            connection.wireBytesReceived += event.originalLength;
        }
        if (event.protocol != Rules.UDP && (event.tcpFlags & (Rules.RST | Rules.SYN)) == 0) {
            window(connection, event.outbound, IpHeader.window(event));
        }
    }

    private static void window(Connection connection, boolean outbound, int window) {
        if (window < 0) {
            return;
        }
        if (outbound) {
            connection.zeroWindowsSent += window == 0 && connection.windowSent > 0 ? 1 : 0;
            connection.windowSent = window;
        } else {
            connection.zeroWindowsReceived += window == 0 && connection.windowReceived > 0 ? 1 : 0;
            connection.windowReceived = window;
        }
    }

    static void describe(Connection connection, PacketEvent event) {
        connection.netns = event.netns;
        connection.protocol = event.protocol;
        connection.localAddress = event.outbound ? IpHeader.source(event) : IpHeader.target(event);
        connection.remoteAddress = event.outbound ? IpHeader.target(event) : IpHeader.source(event);
        connection.localPort = event.outbound ? IpHeader.sourcePort(event) : IpHeader.targetPort(event);
        connection.remotePort = event.outbound ? IpHeader.targetPort(event) : IpHeader.sourcePort(event);
    }

    static void describe(Connection connection, TroubleEvent event) {
        connection.netns = event.packet().netns;
        connection.protocol = event.packet().protocol;
        connection.localAddress = event.localAddress();
        connection.remoteAddress = event.remoteAddress();
        connection.localPort = event.localPort();
        connection.remotePort = event.remotePort();
    }

    static void describe(Connection connection, SocketEvent event) {
        connection.netns = event.netns();
        connection.protocol = event.protocol();
        connection.accepted |= event.accepted();
        if (event.localPort() != 0) {
            connection.localAddress = event.localAddress();
            connection.localPort = event.localPort();
        }
        if (event.remotePort() != 0) {
            connection.remoteAddress = event.remoteAddress();
            connection.remotePort = event.remotePort();
        }
        connection.retransmissions = event.retransmissions();
        connection.smoothedRttMicros = event.smoothedRttMicros();
        connection.minRttMicros = event.minRttMicros();
        connection.congestionWindow = event.congestionWindow();
    }

    /** {@code error} is an errno of Linux. */
    static String closeReason(SocketEvent event) {
        return switch (event.error()) {
            case 111 -> "refused";
            case 104, 32 -> "reset by peer";
            case 110 -> "timed out";
            case 113 -> "host unreachable";
            case 101 -> "network unreachable";
            default -> switch (event.oldState()) {
                case SocketEvent.LAST_ACK, SocketEvent.CLOSE_WAIT -> "peer closed";
                case SocketEvent.ESTABLISHED -> event.operation() != 0 ? "reset" : "closed";
                default -> "closed";
            };
        };
    }
}
