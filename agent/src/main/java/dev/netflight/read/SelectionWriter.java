package dev.netflight.read;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a selection of a capture as pcapng. What was pcapng is copied block by block, in its own byte order, so that comments,
 * options, interfaces, names and secrets stay as they were; custom blocks, of which nobody can say whether they still hold, are
 * left out, and so are the statistics of interfaces, which count packets that are not there. What was pcap gets blocks.
 */
public final class SelectionWriter implements Closeable {
    private static final int SECTION_LENGTH = 16;
    private static final long UNKNOWN_LENGTH = -1;
    private static final int NANOSECONDS = 9;
    private static final int MICROSECONDS = 6;

    private final OutputStream out;

    /** @param out better buffered; closed by {@link #close} */
    public SelectionWriter(OutputStream out) {
        this.out = out;
    }

    /** Every block that was read is to be given, but packets that are not selected. */
    public void write(Block block) throws IOException {
        switch (block) {
            case SectionHeader section -> out.write(section.raw() == null ? sectionHeader() : lengthless(section.raw()));
            case CaptureInterface on -> out.write(on.raw() == null ? description(on) : on.raw());
            case CapturedPacket packet -> out.write(packet.raw() == null ? packet(packet) : packet.raw());
            case OtherBlock other -> {
                if (other.type() == Pcapng.NAME_RESOLUTION_BLOCK || other.type() == Pcapng.DECRYPTION_SECRETS_BLOCK) {
                    out.write(other.raw());
                }
            }
        }
    }

    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** The section will be shorter than it was. All bits set are the same in both byte orders. */
    private static byte[] lengthless(byte[] section) {
        byte[] copy = section.clone();
        ByteBuffer.wrap(copy).putLong(SECTION_LENGTH, UNKNOWN_LENGTH);
        return copy;
    }

    private static byte[] sectionHeader() {
        return ended(begun(Pcapng.SECTION_HEADER_BLOCK, 32).putInt(Pcapng.BYTE_ORDER_MAGIC).putShort((short) 1)
                .putShort((short) 0).putLong(UNKNOWN_LENGTH));
    }

    private static byte[] description(CaptureInterface on) {
        ByteBuffer b = begun(Pcapng.INTERFACE_DESCRIPTION_BLOCK, 64).putShort((short) on.linkType())
                .putShort((short) 0).putInt(on.snaplen());
        b.putShort((short) Pcapng.IF_TSRESOL).putShort((short) 1)
                .put((byte) (on.clock().unitsPerSecond() > 1_000_000 ? NANOSECONDS : MICROSECONDS));
        pad(b);
        return ended(b.putInt(Pcapng.OPT_ENDOFOPT));
    }

    /** Of a pcap file, or a block that had no time or an old form. */
    private static byte[] packet(CapturedPacket packet) {
        ByteOrder order = packet.on().raw() == null || ByteBuffer.wrap(packet.on().raw()).getInt() != 1
                ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        CaptureInterface.Clock clock = packet.on().clock();
        long units = (packet.seconds() - clock.offsetSeconds()) * clock.unitsPerSecond()
                + (long) ((double) packet.nanos() / 1_000_000_000 * clock.unitsPerSecond() + 0.5);
        int comments = 0;
        for (String comment : packet.comments()) {
            comments += Pcapng.OPTION_HEADER + Pcapng.padded(3 * comment.length());
        }
        ByteBuffer b = begun(Pcapng.ENHANCED_PACKET_BLOCK, 64 + packet.capturedLength() + comments, order).putInt(packet.on().id())
                .putInt((int) (units >>> 32)).putInt((int) units).putInt(packet.capturedLength())
                .putInt(packet.originalLength()).put(packet.data(), packet.offset(), packet.capturedLength());
        pad(b);
        for (String comment : packet.comments()) {
            byte[] value = comment.getBytes(StandardCharsets.UTF_8);
            b.putShort((short) Pcapng.OPT_COMMENT).putShort((short) value.length).put(value);
            pad(b);
        }
        return ended(comments == 0 ? b : b.putInt(Pcapng.OPT_ENDOFOPT));
    }

    private static ByteBuffer begun(int type, int longest) {
        return begun(type, longest, ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer begun(int type, int longest, ByteOrder order) {
        return ByteBuffer.allocate(longest).order(order).putInt(type).putInt(0);
    }

    private static void pad(ByteBuffer b) {
        while (b.position() % 4 != 0) {
            b.put((byte) 0);
        }
    }

    private static byte[] ended(ByteBuffer b) {
        pad(b);
        int length = b.position() + Integer.BYTES;
        b.putInt(length).putInt(Integer.BYTES, length);
        return Arrays.copyOf(b.array(), length);
    }
}
