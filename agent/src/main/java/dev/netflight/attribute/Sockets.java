package dev.netflight.attribute;

import dev.netflight.model.Connection;
import dev.netflight.model.OtherProcess;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.TroubleEvent;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which connection a record is of, by its socket cookie. What has a listener's cookie is of a handshake, which the addresses tell
 * apart until the accepted socket has a cookie of its own. Capture thread only.
 */
final class Sockets {
    private static final int MAX_LISTENERS = 4096;

    private final ConnectionTable connections;
    /** Cookies of listeners, with the process that listens: {@code null} for the JVM. */
    private final Map<Long, OtherProcess> listeners = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, OtherProcess> eldest) {
            return size() > MAX_LISTENERS;
        }
    };

    Sockets(ConnectionTable connections) {
        this.connections = connections;
    }

    /** {@code null} where the cookie is not known, or a listener's. */
    TrackedConnection find(long cookie) {
        return connections.find(cookie);
    }

    boolean isListener(long cookie) {
        return listeners.containsKey(cookie);
    }

    void listens(long cookie) {
        listeners.putIfAbsent(cookie, null);
    }

    /** The process listens at the listener with this cookie. */
    void listens(long cookie, OtherProcess process) {
        listeners.put(cookie, process);
    }

    /** The connection with this cookie, which is not a listener's. */
    TrackedConnection of(long cookie) {
        TrackedConnection tracked = connections.find(cookie);
        return tracked != null ? tracked : connections.add(cookie);
    }

    TrackedConnection of(PacketEvent event) {
        TrackedConnection tracked = connections.find(event.cookie);
        if (tracked != null) {
            return tracked;
        }
        if (isListener(event.cookie)) {
            return handshakeOf(event);
        }
        tracked = connections.add(event.cookie);
        ConnectionFacts.describe(tracked.connection, event);
        return tracked;
    }

    private TrackedConnection handshakeOf(PacketEvent event) {
        long listener = event.cookie;
        TrackedConnection tracked = event.outbound
                ? connections.handshake(new ConnectionTable.Tuple(
                        event.netns, IpHeader.sourcePort(event), IpHeader.target(event), IpHeader.targetPort(event)))
                : connections.handshake(new ConnectionTable.Tuple(
                        event.netns, IpHeader.targetPort(event), IpHeader.source(event), IpHeader.sourcePort(event)));
        tracked.process = listeners.get(listener);
        if (event.outbound && (tracked.halfOpen == null || tracked.halfOpen.id != listener)) {
            tracked.halfOpen = new Connection(listener);
            ConnectionFacts.describe(tracked.halfOpen, event);
        }
        return tracked;
    }

    TrackedConnection of(SocketEvent event) {
        TrackedConnection tracked = event.accepted()
                ? connections.accepted(event.cookie(), new ConnectionTable.Tuple(
                        event.netns(), event.localPort(), event.remoteAddress(), event.remotePort()))
                : of(event.cookie());
        ConnectionFacts.describe(tracked.connection, event);
        return tracked;
    }

    TrackedConnection of(TroubleEvent event) {
        PacketEvent packet = event.packet();
        TrackedConnection tracked = connections.find(packet.cookie);
        if (tracked != null) {
            return tracked;
        }
        if (isListener(packet.cookie)) {
            tracked = connections.handshake(new ConnectionTable.Tuple(
                    packet.netns, event.localPort(), event.remoteAddress(), event.remotePort()));
            tracked.process = listeners.get(packet.cookie);
            return tracked;
        }
        tracked = connections.add(packet.cookie);
        ConnectionFacts.describe(tracked.connection, event);
        return tracked;
    }
}
