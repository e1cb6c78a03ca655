package dev.netflight.model;

import java.net.InetAddress;

/**
 * A kernel event: something went wrong with a packet of a followed socket, or with its connection.
 *
 * @param packet   which one, in the words of a packet that was recorded, without its data: cookie, direction, flags,
 *                 positions, length. Of a retransmission the bytes that were sent again
 * @param segments of a retransmission, as the kernel counts them; else 0
 * @param reason   the kernel's word for it, or {@code null}
 * @param place    where in the kernel's code a packet was thrown away, as {@code symbol+offset}, or {@code null}
 * @param state    of the socket, a number of {@link SocketEvent}; 0 where it is not known
 */
public record TroubleEvent(
        TroubleKind kind, PacketEvent packet, InetAddress localAddress, int localPort, InetAddress remoteAddress,
        int remotePort, int segments, String reason, String place, int state) {}
