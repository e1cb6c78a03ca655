package dev.netflight.sink.pcap;

import dev.netflight.model.Counters;
import dev.netflight.model.Packet;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.CaptureFile;
import dev.netflight.sink.FileSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Writes packets as pcap with nanoseconds (draft-ietf-opsawg-pcap), little-endian.
 *
 * <pre>
 *  file    0       4        8                16        20          24
 *          | magic | 2 | 4  | reserved       | snaplen | link type |
 *  packet  0         4       8          12         16
 *          | seconds | nanos | captured | original | data
 * </pre>
 */
public final class PcapSink implements FileSink {
    private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
    private static final int VERSION = 2 | 4 << 16;
    private static final int LINKTYPE_ETHERNET = 1;
    /** What libpcap and Wireshark take for a whole packet, and the most that they accept. */
    private static final int WHOLE_PACKET = 262_144;
    private static final int FILE_HEADER = 24;
    private static final int PACKET_HEADER = 16;
    private static final int BUFFER_SIZE = 1 << 20;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final int snaplen;
    private FileChannel out;
    private String name;
    private CaptureAnchor anchor;
    private long newestNanos;
    private long packets;
    /** Written out to this file, and to those before it. */
    private long written;
    private long before;
    private boolean failed;

    private PcapSink(int snaplen) {
        this.snaplen = snaplen == 0 ? WHOLE_PACKET : snaplen;
    }

    /**
     * Begins a capture file; an existing one is emptied. Only its owner may read it.
     *
     * @param snaplen bytes kept of each packet, 0 for all
     * @throws IOException that names the file and the reason
     */
    public static PcapSink create(Path file, int snaplen, CaptureAnchor anchor) throws IOException {
        PcapSink sink = new PcapSink(snaplen);
        sink.begin(file, anchor);
        return sink;
    }

    private void begin(Path file, CaptureAnchor anchor) throws IOException {
        this.out = CaptureFile.create(file);
        this.name = file.toString();
        this.anchor = anchor;
        packets = 0;
        newestNanos = 0;
        buffer.putInt(MAGIC_NANOSECONDS).putInt(VERSION).putLong(0).putInt(snaplen).putInt(LINKTYPE_ETHERNET);
        flush();
    }

    @Override
    public String name() {
        return "pcap";
    }

    @Override
    public void packet(Packet packet) throws IOException {
        int captured = Math.min(packet.capturedLength, snaplen);
        if (PACKET_HEADER + packet.capturedLength > buffer.remaining()) {
            flush();
        }
        newestNanos = Math.max(newestNanos, anchor.wallNanos(packet.monoNanos));
        buffer.putInt((int) (newestNanos / SECOND_NANOS)).putInt((int) (newestNanos % SECOND_NANOS));
        buffer.putInt(captured).putInt(Math.max(captured, packet.originalLength));
        packet.copyData(buffer, buffer.position());
        buffer.position(buffer.position() + captured);
        packets++;
    }

    @Override
    public long packetsInFile() {
        return packets;
    }

    @Override
    public long lengthWith(Packet packet) {
        return written + buffer.position() + PACKET_HEADER + packet.capturedLength;
    }

    @Override
    public void turn(Path next, CaptureAnchor anchor, Counters counters) throws IOException {
        flush();
        out.close();
        before += written;
        written = 0;
        begin(next, anchor);
    }

    /** After a failed write the file is cut back to its last whole packet. */
    @Override
    public void flush() throws IOException {
        if (failed) {
            throw new IOException("cannot write " + name + ": an earlier write failed");
        }
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        } catch (IOException e) {
            failed = true;
            cutToWholePacket(e);
            throw CaptureFile.failure(name, e);
        }
        written += buffer.limit();
        buffer.clear();
    }

    private void cutToWholePacket(IOException failure) {
        int whole = written == 0 ? Math.min(FILE_HEADER, buffer.position()) : 0;
        while (whole + PACKET_HEADER <= buffer.position()
                && whole + PACKET_HEADER + buffer.getInt(whole + 8) <= buffer.position()) {
            whole += PACKET_HEADER + buffer.getInt(whole + 8);
        }
        written += whole;
        try {
            out.truncate(written);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close(Counters counters) throws IOException {
        if (!out.isOpen()) {
            return;
        }
        try {
            if (!failed) {
                flush();
            }
        } finally {
            out.close();
        }
    }

    @Override
    public long bytesWritten() {
        return before + written;
    }
}
