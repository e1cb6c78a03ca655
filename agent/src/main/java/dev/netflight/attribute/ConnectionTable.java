package dev.netflight.attribute;

import dev.netflight.model.Connection;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.function.Consumer;

/**
 * Connections by socket cookie, and handshakes by tuple until the accepted socket has a cookie. Bounded: beyond
 * {@link #CAPACITY} the one that was not used for longest goes, and is counted.
 */
final class ConnectionTable {
    static final int CAPACITY = 65_536;
    static final int HANDSHAKES = 8_192;

    /** Connections used last, by the cookie's low bits: what spares a packet the boxed look-up. */
    private static final int RECENT = 1024;

    /** A connection before its socket: what a SYN tells. */
    record Tuple(int netns, int localPort, InetAddress remoteAddress, int remotePort) {}

    private final LinkedHashMap<Long, TrackedConnection> byCookie = new LinkedHashMap<>(64, 0.75f, true);
    private final LinkedHashMap<Tuple, TrackedConnection> handshakes = new LinkedHashMap<>();
    private final TrackedConnection[] recent = new TrackedConnection[RECENT];
    private final Consumer<TrackedConnection> onEviction;
    private final Consumer<TrackedConnection> onHandshakeDropped;
    private long evicted;

    /**
     * @param onEviction         told of a connection that had to go
     * @param onHandshakeDropped told of a handshake of which nothing has come
     */
    ConnectionTable(Consumer<TrackedConnection> onEviction, Consumer<TrackedConnection> onHandshakeDropped) {
        this.onEviction = onEviction;
        this.onHandshakeDropped = onHandshakeDropped;
    }

    /** {@code null} where the cookie is not known. */
    TrackedConnection find(long cookie) {
        int slot = (int) cookie & (RECENT - 1);
        TrackedConnection found = recent[slot];
        if (found != null && found.connection.id == cookie) {
            return found;
        }
        found = byCookie.get(cookie);
        if (found != null) {
            recent[slot] = found;
        }
        return found;
    }

    TrackedConnection add(long cookie) {
        return add(cookie, new TrackedConnection(null));
    }

    private TrackedConnection add(long cookie, TrackedConnection tracked) {
        tracked.connection = new Connection(cookie);
        if (byCookie.size() >= CAPACITY) {
            TrackedConnection eldest = byCookie.firstEntry().getValue();
            remove(eldest);
            evicted++;
            onEviction.accept(eldest);
        }
        byCookie.put(cookie, tracked);
        return tracked;
    }

    /** The handshake of {@code tuple}, begun if there is none. */
    TrackedConnection handshake(Tuple tuple) {
        TrackedConnection found = handshakes.get(tuple);
        if (found == null) {
            if (handshakes.size() >= HANDSHAKES) {
                onHandshakeDropped.accept(handshakes.pollFirstEntry().getValue());
                evicted++;
            }
            found = new TrackedConnection(null);
            handshakes.put(tuple, found);
        }
        return found;
    }

    /** The accepted socket of a handshake has its cookie now. */
    TrackedConnection accepted(long cookie, Tuple tuple) {
        TrackedConnection known = find(cookie);
        if (known != null) {
            return known;
        }
        TrackedConnection handshake = handshakes.remove(tuple);
        return handshake == null ? add(cookie) : add(cookie, handshake);
    }

    /** Forgets handshakes that nothing has come of since {@code monoNanos}. */
    void forgetHandshakesBefore(long monoNanos) {
        for (var all = handshakes.values().iterator(); all.hasNext();) {
            TrackedConnection handshake = all.next();
            if (handshake.lastUsedMonoNanos - monoNanos < 0) {
                all.remove();
                onHandshakeDropped.accept(handshake);
            }
        }
    }

    void remove(TrackedConnection tracked) {
        long cookie = tracked.connection.id;
        byCookie.remove(cookie);
        int slot = (int) cookie & (RECENT - 1);
        if (recent[slot] == tracked) {
            recent[slot] = null;
        }
    }

    Iterable<TrackedConnection> all() {
        return byCookie.values();
    }

    int size() {
        return byCookie.size();
    }

    long evicted() {
        return evicted;
    }
}
