package dev.netflight.it;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a WebSocket's client has sent on one connection: its request, then frames that are masked (RFC 6455, 5.2). Packets are
 * added as they were captured, and may come twice.
 */
final class ClientFrames {
    private final Map<Long, byte[]> packets = new TreeMap<>();
    private long first = -1;

    void add(CapturedPacket packet) {
        if (first < 0) {
            first = packet.seq() & 0xffff_ffffL;
        }
        packets.put(offset(packet), packet.payload());
    }

    /** Where in the stream a packet's bytes begin. */
    long offset(CapturedPacket packet) {
        return packet.seq() - first & 0xffff_ffffL;
    }

    /** From where on in the stream which message is sent: the plain text of its first frame. */
    TreeMap<Long, String> messages() {
        ByteBuffer stream = ByteBuffer.wrap(bytes());
        var messages = new TreeMap<Long, String>();
        int end = new String(stream.array(), StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
        messages.put(0L, "");
        stream.position(end + 4);
        while (stream.remaining() > 6) {
            long at = stream.position();
            boolean continues = (stream.get() & 0xf) == 0;
            int length = stream.get() & 0x7f;
            if (length == 126) {
                length = stream.getShort() & 0xffff;
            } else if (length == 127) {
                length = (int) stream.getLong();
            }
            byte[] mask = new byte[4];
            stream.get(mask);
            byte[] text = new byte[length];
            stream.get(text);
            for (int i = 0; i < length; i++) {
                text[i] ^= mask[i & 3];
            }
            if (!continues) {
                messages.put(at, new String(text, StandardCharsets.ISO_8859_1));
            }
        }
        return messages;
    }

    private byte[] bytes() {
        int length = 0;
        for (Map.Entry<Long, byte[]> packet : packets.entrySet()) {
            if (packet.getKey() > length) {
                throw new AssertionError("bytes " + length + " to " + packet.getKey() + " are in no packet");
            }
            length = Math.max(length, (int) (packet.getKey() + packet.getValue().length));
        }
        byte[] bytes = new byte[length];
        packets.forEach((at, payload) -> System.arraycopy(payload, 0, bytes, at.intValue(), payload.length));
        return bytes;
    }
}
