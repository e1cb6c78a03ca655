package dev.netflight.it;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a WebSocket's client has sent on one connection: its request, then frames that are masked (RFC 6455, 5.2). Packets are
 * added as they were captured, and may come twice.
 *
 * <p>The virtual kernel of some machines hides a packet here and there from all programs. What frames come after it cannot be
 * told.
 */
final class ClientFrames {
    /** Of a frame: two bytes, and the mask. */
    private static final int HEADER = 6;

    private final Map<Long, byte[]> packets = new TreeMap<>();
    private final TreeMap<Long, String> messages = new TreeMap<>();
    private long first = -1;
    private long end;

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

    /** All have been added. */
    void parse() {
        ByteBuffer stream = ByteBuffer.wrap(bytes());
        int request = new String(stream.array(), StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
        messages.put(0L, "");
        for (end = request; stream.limit() - end >= HEADER; end = stream.position()) {
            stream.position((int) end);
            boolean continues = (stream.get() & 0xf) == 0;
            int length = stream.get() & 0x7f;
            int more = length == 126 ? Short.BYTES : length == 127 ? Long.BYTES : 0;
            if (stream.limit() - end < HEADER + more) {
                break;
            }
            if (more > 0) {
                length = more == Short.BYTES ? stream.getShort() & 0xffff : (int) stream.getLong();
            }
            byte[] mask = new byte[4];
            stream.get(mask);
            if (stream.remaining() < length) {
                break;
            }
            byte[] text = new byte[length];
            stream.get(text);
            for (int i = 0; i < length; i++) {
                text[i] ^= mask[i & 3];
            }
            if (!continues) {
                messages.put(end, new String(text, StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** From where on in the stream which message is sent, up to {@link #end}: the plain text of its first frame. */
    TreeMap<Long, String> messages() {
        return messages;
    }

    /** Where the last whole frame ends that can be told. */
    long end() {
        return end;
    }

    /** Up to the first that is missing. */
    private byte[] bytes() {
        var bytes = new ByteArrayOutputStream();
        packets.forEach((at, payload) -> {
            int known = (int) (bytes.size() - at);
            if (known >= 0 && known < payload.length) {
                bytes.write(payload, known, payload.length - known);
            }
        });
        return bytes.toByteArray();
    }
}
