package dev.netflight.sink.jfr;

import dev.netflight.jfr.ConnectionTotals;
import dev.netflight.model.AddressText;
import dev.netflight.model.Connection;
import dev.netflight.sink.CaptureAnchor;

/** Commits what is known of a connection, on the capture thread. */
final class JfrConnections {
    private JfrConnections() {}

    static void commit(ConnectionTotals event, Connection connection, CaptureAnchor anchor) {
        long opened = connection.openedMonoNanos == 0 ? anchor.monoNanos() : connection.openedMonoNanos;
        long closed = connection.closedMonoNanos == 0 ? System.nanoTime() : connection.closedMonoNanos;
        event.connectionId = connection.id;
        event.processId = JfrSink.processId(connection.process);
        event.protocol = JfrSink.protocol(connection.protocol);
        event.localAddress = AddressText.of(connection.localAddress);
        event.localPort = connection.localPort;
        event.remoteAddress = AddressText.of(connection.remoteAddress);
        event.remotePort = connection.remotePort;
        event.accepted = connection.accepted;
        event.inherited = connection.inherited;
        event.openedAt = anchor.wallNanos(opened) / 1_000_000;
        event.lifetime = closed - opened;
        event.closeReason = connection.closeReason;
        if (connection.opener != null) {
            event.operationId = connection.opener.id();
            event.openerThread = connection.opener.thread().name();
            event.openerFrame = JfrSink.frame(connection.opener);
        }
        event.lastOwner = connection.lastOwner == null ? null : connection.lastOwner.name();
        event.packetsSent = connection.packetsSent;
        event.packetsReceived = connection.packetsReceived;
        event.bytesSent = connection.bytesSent;
        event.bytesReceived = connection.bytesReceived;
        event.wireBytesSent = connection.wireBytesSent;
        event.wireBytesReceived = connection.wireBytesReceived;
        event.retransmissions = connection.retransmissions;
        event.zeroWindowsSent = connection.zeroWindowsSent;
        event.zeroWindowsReceived = connection.zeroWindowsReceived;
        event.smoothedRtt = connection.smoothedRttMicros;
        event.leastRtt = connection.minRttMicros;
        event.congestionWindow = connection.congestionWindow;
        event.commit();
    }
}
