package dev.netflight.text;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the sequence numbers of TCP conversations begin, so that they can be shown from there on. The longest unused ones are
 * forgotten; then a conversation begins anew with the numbers of its next packet.
 */
final class Conversations {
    private static final int MOST = 65_536;

    /** Both directions have the same key. */
    record Key(String low, String high, int lowPort, int highPort) {}

    /** {@code from} and {@code to}: first numbers of the direction from the lower end, and of the other. */
    record Begin(int from, int to) {}

    private final Map<Key, Begin> begins = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Begin> eldest) {
            return size() > MOST;
        }
    };

    private final Map<Key, Http2.Connection> http2 = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Http2.Connection> eldest) {
            return size() > MOST;
        }
    };

    /** {@return the conversation's HTTP/2 connection, or {@code null} where none is known to be one} */
    Http2.Connection http2(Key key) {
        return http2.get(key);
    }

    /** The conversation is one of HTTP/2. */
    Http2.Connection beginHttp2(Key key) {
        return http2.computeIfAbsent(key, first -> new Http2.Connection());
    }

    /** A new connection begins, perhaps on the ports of an old one. */
    void opened(Key key) {
        http2.remove(key);
    }

    /** {@return where a conversation began, or {@code null} if it begins with this packet} */
    Begin find(Key key, boolean syn, Begin now) {
        if (!syn) {
            Begin known = begins.get(key);
            if (known != null) {
                return known;
            }
        }
        begins.put(key, now);
        return null;
    }
}
