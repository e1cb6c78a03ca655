package dev.netflight.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Reads pcapng: any number of sections, each in its own byte order. Blocks and options that it does not know it passes over. */
final class PcapngReader extends CaptureReader {
    /** libpcap's limit too. A packet with thousands of operations has some megabytes of comments. */
    private static final int LONGEST_BLOCK = 1 << 24;
    /** More than any machine has; keeps a hostile file from filling the memory with them. */
    private static final int MOST_INTERFACES = 1 << 14;
    private static final int VERSION = 1;

    private static final int PACKET_FIXED = 20;
    private static final int SIMPLE_FIXED = 4;
    private static final int INTERFACE_FIXED = 8;
    private static final int SECTION_FIXED = 16;

    private final List<CaptureInterface> interfaces = new ArrayList<>();
    private final byte[] start = new byte[Pcapng.BLOCK_HEADER];
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private boolean atStart = true;

    /** @param in behind the first block's type */
    PcapngReader(Input in) {
        super(in);
    }

    @Override
    public Block next() throws IOException {
        while (true) {
            int known = 0;
            if (atStart) {
                atStart = false;
                ByteBuffer.wrap(start).putInt(Pcapng.SECTION_HEADER_BLOCK);
                known = Integer.BYTES;
            }
            long begin = in.position() - known;
            if (known == 0 && !in.fill(start, 0, start.length, "a block")) {
                return null;
            }
            if (known > 0) {
                in.need(start, known, start.length - known, "a block");
            }
            Block block = block(begin);
            if (block != null) {
                return block;
            }
        }
    }

    /** {@return the block whose first eight bytes are there, {@code null} for one that has nothing to say} */
    private Block block(long begin) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(start);
        if (header.getInt(0) == Pcapng.SECTION_HEADER_BLOCK) {
            return section(begin);
        }
        header.order(order);
        int type = header.getInt(0);
        int length = length(header.getInt(4), begin);
        if (!isKnown(type)) {
            in.skip(Integer.toUnsignedLong(length) - Pcapng.BLOCK_HEADER, "a block");
            return null;
        }
        byte[] raw = whole(length, 0, begin);
        ByteBuffer block = ByteBuffer.wrap(raw).order(order);
        block.position(Pcapng.BLOCK_HEADER).limit(length - Integer.BYTES);
        return switch (type) {
            case Pcapng.INTERFACE_DESCRIPTION_BLOCK -> description(block, raw, begin);
            case Pcapng.ENHANCED_PACKET_BLOCK, Pcapng.PACKET_BLOCK -> packet(block, raw, type, begin);
            case Pcapng.SIMPLE_PACKET_BLOCK -> simplePacket(block, raw, begin);
            default -> new OtherBlock(type, raw);
        };
    }

    private static boolean isKnown(int type) {
        return type >= Pcapng.INTERFACE_DESCRIPTION_BLOCK && type <= Pcapng.ENHANCED_PACKET_BLOCK
                || type == Pcapng.DECRYPTION_SECRETS_BLOCK;
    }

    private Block section(long begin) throws IOException {
        byte[] magic = new byte[Integer.BYTES];
        in.need(magic, 0, magic.length, "a section header");
        int big = ByteBuffer.wrap(magic).getInt();
        if (big == Pcapng.BYTE_ORDER_MAGIC) {
            order = ByteOrder.BIG_ENDIAN;
        } else if (Integer.reverseBytes(big) == Pcapng.BYTE_ORDER_MAGIC) {
            order = ByteOrder.LITTLE_ENDIAN;
        } else {
            throw damaged("the section header", begin, "has no byte order");
        }
        int length = length(ByteBuffer.wrap(start).order(order).getInt(4), begin);
        if (length < Pcapng.BLOCK_OVERHEAD + SECTION_FIXED) {
            throw damaged("the section header", begin, "is too short");
        }
        byte[] raw = whole(length, magic.length, begin);
        System.arraycopy(magic, 0, raw, Pcapng.BLOCK_HEADER, magic.length);
        int version = ByteBuffer.wrap(raw).order(order).getShort(12);
        if (version != VERSION) {
            throw new CaptureFormatException("the section at byte " + begin + " is of pcapng version " + version
                    + ", and only version 1 is known");
        }
        interfaces.clear();
        return new SectionHeader(raw);
    }

    private int length(int length, long begin) throws CaptureFormatException {
        if (Integer.toUnsignedLong(length) < Pcapng.BLOCK_OVERHEAD || length % 4 != 0) {
            throw damaged("the block", begin, "claims a length of " + Integer.toUnsignedString(length) + " bytes");
        }
        return length;
    }

    /** Reads the rest of a block. @param have bytes behind its header that were read already */
    private byte[] whole(int length, int have, long begin) throws IOException {
        if (length < 0 || length > LONGEST_BLOCK) {
            throw damaged("the block", begin, "claims a length of " + Integer.toUnsignedString(length) + " bytes");
        }
        int done = Pcapng.BLOCK_HEADER + have;
        byte[] raw = Growing.read(in, start, done, length);
        int again = ByteBuffer.wrap(raw).order(order).getInt(length - Integer.BYTES);
        if (again != length) {
            throw damaged("the block", begin, "has the length " + length + " in front and " + Integer.toUnsignedString(again)
                    + " at its end");
        }
        return raw;
    }

    private Block description(ByteBuffer block, byte[] raw, long begin) throws CaptureFormatException {
        if (block.remaining() < INTERFACE_FIXED) {
            throw damaged("the interface description", begin, "is too short");
        }
        if (interfaces.size() == MOST_INTERFACES) {
            throw damaged("the interface description", begin, "is one too many: " + MOST_INTERFACES + " are the most");
        }
        int linkType = Short.toUnsignedInt(block.getShort());
        block.getShort();
        int snaplen = block.getInt();
        String name = "";
        String text = "";
        long units = CaptureInterface.Clock.MICROSECONDS.unitsPerSecond();
        long offset = 0;
        for (var options = new PcapngOptions(block, begin); options.next();) {
            switch (options.code()) {
                case Pcapng.IF_NAME -> name = options.text();
                case Pcapng.IF_DESCRIPTION -> text = options.text();
                case Pcapng.IF_TSRESOL -> units = options.length() == 1 ? resolution(options.value().get()) : units;
                case Pcapng.IF_TSOFFSET -> offset = options.length() == 8 ? options.value().getLong() : offset;
                default -> { }
            }
        }
        if (units == 0) {
            throw damaged("the interface description", begin, "has a time resolution that is finer than can be read");
        }
        var read = new CaptureInterface(interfaces.size(), linkType, snaplen, name, text,
                new CaptureInterface.Clock(units, offset), raw);
        interfaces.add(read);
        return read;
    }

    /** {@return units in a second: a power of ten, or of two where the highest bit is set; 0 where that is no number of ours} */
    private static long resolution(byte exponent) {
        if (exponent < 0) {
            int power = exponent & 0x7f;
            return power < Long.SIZE - 1 ? 1L << power : 0;
        }
        if (exponent > 18) {
            return 0;
        }
        long units = 1;
        for (int i = 0; i < exponent; i++) {
            units *= 10;
        }
        return units;
    }

    private Block packet(ByteBuffer block, byte[] raw, int type, long begin) throws CaptureFormatException {
        if (block.remaining() < PACKET_FIXED) {
            throw damaged("the packet", begin, "is too short");
        }
        boolean enhanced = type == Pcapng.ENHANCED_PACKET_BLOCK;
        int id = enhanced ? block.getInt() : Short.toUnsignedInt(block.getShort());
        int lost = enhanced ? 0 : Short.toUnsignedInt(block.getShort());
        long units = Integer.toUnsignedLong(block.getInt()) << 32 | Integer.toUnsignedLong(block.getInt());
        int captured = block.getInt();
        int original = block.getInt();
        CaptureInterface on = on(id, begin);
        if (captured < 0 || captured > LONGEST_PACKET || Pcapng.padded(captured) > block.remaining()) {
            throw damaged("the packet", begin, "claims " + Integer.toUnsignedString(captured) + " captured bytes");
        }
        int offset = block.position();
        block.position(offset + Pcapng.padded(captured));
        var direction = CapturedPacket.Direction.UNKNOWN;
        long number = -1;
        long lostBefore = lost == 0xffff ? 0 : lost;
        List<String> comments = List.of();
        for (var options = new PcapngOptions(block, begin); options.next();) {
            switch (options.code()) {
                case Pcapng.OPT_COMMENT -> {
                    comments = comments.isEmpty() ? new ArrayList<>() : comments;
                    comments.add(options.text());
                }
                case Pcapng.PACKET_FLAGS -> direction = options.length() == 4 ? direction(options.value().getInt()) : direction;
                case Pcapng.EPB_DROPCOUNT -> lostBefore = options.length() == 8 ? options.value().getLong() : lostBefore;
                case Pcapng.EPB_PACKETID -> number = options.length() == 8 ? options.value().getLong() : number;
                default -> { }
            }
        }
        return new CapturedPacket(on, on.clock().seconds(units), on.clock().nanos(units), raw, offset, captured,
                length(captured, original), direction, number, lostBefore, comments, enhanced ? raw : null);
    }

    private Block simplePacket(ByteBuffer block, byte[] raw, long begin) throws CaptureFormatException {
        if (block.remaining() < SIMPLE_FIXED) {
            throw damaged("the packet", begin, "is too short");
        }
        int original = block.getInt();
        CaptureInterface on = on(0, begin);
        long kept = Integer.toUnsignedLong(original);
        if (on.snaplen() > 0) {
            kept = Math.min(kept, on.snaplen());
        }
        kept = Math.min(kept, block.remaining());
        if (kept > LONGEST_PACKET) {
            throw damaged("the packet", begin, "has " + kept + " bytes");
        }
        return CapturedPacket.plain(on, 0, 0, raw, block.position(), (int) kept, length((int) kept, original));
    }

    private static int length(int captured, int original) {
        return original < 0 ? Integer.MAX_VALUE : Math.max(captured, original);
    }

    private CaptureInterface on(int id, long begin) throws CaptureFormatException {
        if (id < 0 || id >= interfaces.size()) {
            throw damaged("the packet", begin, "names interface " + Integer.toUnsignedString(id) + ", which was not described");
        }
        return interfaces.get(id);
    }

    private static CapturedPacket.Direction direction(int flags) {
        return switch (flags & 3) {
            case 1 -> CapturedPacket.Direction.INBOUND;
            case 2 -> CapturedPacket.Direction.OUTBOUND;
            default -> CapturedPacket.Direction.UNKNOWN;
        };
    }

    static CaptureFormatException damaged(String what, long begin, String how) {
        return new CaptureFormatException(what + " at byte " + begin + ' ' + how + ": the file is damaged there");
    }
}
