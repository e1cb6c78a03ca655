package dev.netflight.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads pcap.
 *
 * <pre>
 *  file    0       4       6       8      12     16        20         24
 *         | magic | major | minor | zone | sig. | snaplen | linktype | packets
 *
 *  packet  0         4                   8          12         16
 *         | seconds | micro-/nanoseconds | captured | original | data
 * </pre>
 */
final class PcapReader extends CaptureReader {
    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;
    /** Kuznetzov's, with eight more bytes in each packet's header. */
    private static final int MODIFIED = 0xa1b2cd34;

    private static final int FILE_HEADER = 24;
    private static final int PACKET_HEADER = 16;
    private static final int MODIFIED_MORE = 8;
    private static final int NANOS = 1_000_000_000;

    private final ByteOrder order;
    private final int nanosPerUnit;
    private final int more;
    private final CaptureInterface on;
    private final byte[] header = new byte[PACKET_HEADER];
    private int told;

    private PcapReader(Input in, ByteOrder order, int magic) throws IOException {
        super(in);
        this.order = order;
        this.nanosPerUnit = magic == NANOSECONDS ? 1 : 1_000;
        this.more = magic == MODIFIED ? MODIFIED_MORE : 0;
        byte[] rest = new byte[FILE_HEADER];
        in.need(rest, 4, FILE_HEADER - 4, "the file's header");
        ByteBuffer fields = ByteBuffer.wrap(rest).order(order);
        // the upper bits tell the length of a frame check sequence
        int linkType = fields.getInt(20) & 0xffff;
        // old files call raw IP by the number that the system had for it
        on = new CaptureInterface(0, linkType == 12 || linkType == 14 ? CaptureInterface.LINKTYPE_RAW : linkType,
                fields.getInt(16), "", "", new CaptureInterface.Clock(nanosPerUnit == 1 ? NANOS : 1_000_000, 0), null);
    }

    /** {@return a reader behind the magic number, or {@code null} where that is no pcap's} @param magic big-endian */
    static PcapReader open(Input in, int magic) throws IOException {
        for (int known : new int[] {MICROSECONDS, NANOSECONDS, MODIFIED}) {
            if (magic == known) {
                return new PcapReader(in, ByteOrder.BIG_ENDIAN, known);
            }
            if (magic == Integer.reverseBytes(known)) {
                return new PcapReader(in, ByteOrder.LITTLE_ENDIAN, known);
            }
        }
        return null;
    }

    @Override
    public Block next() throws IOException {
        switch (told++) {
            case 0 -> {
                return new SectionHeader(null);
            }
            case 1 -> {
                return on;
            }
            default -> told = 2;
        }
        long begin = in.position();
        if (!in.fill(header, 0, PACKET_HEADER, "a packet's header")) {
            return null;
        }
        ByteBuffer fields = ByteBuffer.wrap(header).order(order);
        long seconds = Integer.toUnsignedLong(fields.getInt(0));
        long nanos = Integer.toUnsignedLong(fields.getInt(4)) * nanosPerUnit;
        int captured = fields.getInt(8);
        int original = fields.getInt(12);
        if (captured < 0 || captured > LONGEST_PACKET) {
            throw new CaptureFormatException("the packet at byte " + begin + " claims " + Integer.toUnsignedString(captured)
                    + " bytes, more than any has: the file is damaged there");
        }
        in.skip(more, "a packet");
        byte[] data = new byte[captured];
        in.need(data, 0, captured, "a packet");
        return CapturedPacket.plain(on, seconds + nanos / NANOS, (int) (nanos % NANOS), data, 0, captured,
                original < 0 ? Integer.MAX_VALUE : Math.max(captured, original));
    }
}
