package dev.netflight.samples.report;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A small reader of pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces, enhanced packet
 * blocks with their comments and direction. All other blocks and options are passed over.
 */
final class PcapngFile {
    private static final int SECTION_HEADER = 0x0a0d0d0a;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;

    private static final int OPT_END = 0;
    private static final int OPT_COMMENT = 1;
    private static final int EPB_FLAGS = 2;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int INBOUND = 1;

    /** Wireshark's limit; what claims to be longer is no block. */
    private static final int LONGEST_BLOCK = 16 << 20;

    private final List<Interface> interfaces = new ArrayList<>();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private long packets;

    private PcapngFile() {}

    /** Reads a file to its end, which may be in the middle of a block when it is still being written. */
    static void read(Path file, Consumer<CapturedPacket> packets) throws IOException {
        PcapngFile reader = new PcapngFile();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (reader.block(in, packets)) {
                // Each call reads one.
            }
        } catch (EOFException e) {
            // The rest has not been written yet.
        }
    }

    private boolean block(DataInputStream in, Consumer<CapturedPacket> packets) throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        ByteBuffer head = ByteBuffer.allocate(12);
        head.put((byte) first);
        in.readFully(head.array(), 1, 11);
        // A section's type reads the same either way; its magic, behind the length, tells the order of what follows.
        if (head.getInt(0) == SECTION_HEADER) {
            order = head.getInt(8) == BYTE_ORDER_MAGIC ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            interfaces.clear();
        }
        head.order(order);
        int length = head.getInt(4);
        if (length < 12 || length > LONGEST_BLOCK || length % 4 != 0) {
            throw new IOException("not a pcapng block: length " + length);
        }
        byte[] block = new byte[length];
        System.arraycopy(head.array(), 0, block, 0, 12);
        in.readFully(block, 12, length - 12);
        ByteBuffer body = ByteBuffer.wrap(block, 8, length - 12).slice().order(order);
        switch (head.getInt(0)) {
            case INTERFACE_DESCRIPTION -> interfaces.add(description(body));
            case ENHANCED_PACKET -> packets.accept(packet(body));
            default -> { }
        }
        return true;
    }

    private Interface description(ByteBuffer body) {
        String[] name = {"?"};
        long[] perSecond = {1_000_000};
        options(body.position(8), (code, value) -> {
            if (code == IF_NAME) {
                name[0] = StandardCharsets.UTF_8.decode(value).toString();
            } else if (code == IF_TSRESOL) {
                int exponent = value.get(0);
                perSecond[0] = exponent < 0 ? 1L << (exponent & 0x3f) : (long) Math.pow(10, exponent);
            }
        });
        return new Interface(name[0], perSecond[0]);
    }

    private CapturedPacket packet(ByteBuffer body) {
        Interface on = interfaces.get(body.getInt());
        long units = (long) body.getInt() << 32 | body.getInt() & 0xffff_ffffL;
        int captured = body.getInt();
        int original = body.getInt();
        byte[] data = new byte[captured];
        body.get(data);
        body.position(body.position() + (-captured & 3));
        List<String> comments = new ArrayList<>();
        boolean[] inbound = new boolean[1];
        options(body, (code, value) -> {
            if (code == OPT_COMMENT) {
                comments.add(StandardCharsets.UTF_8.decode(value).toString());
            } else if (code == EPB_FLAGS) {
                inbound[0] = (value.getInt(0) & 3) == INBOUND;
            }
        });
        Instant time = Instant.ofEpochSecond(units / on.unitsPerSecond,
                units % on.unitsPerSecond * 1_000_000_000 / on.unitsPerSecond);
        return new CapturedPacket(++packets, time, on.name, inbound[0], original, data, List.copyOf(comments));
    }

    private void options(ByteBuffer body, OptionReader reader) {
        while (body.remaining() >= 4) {
            int code = body.getShort() & 0xffff;
            int length = body.getShort() & 0xffff;
            if (code == OPT_END) {
                return;
            }
            reader.option(code, body.slice(body.position(), length).order(order));
            body.position(Math.min(body.limit(), body.position() + length + (-length & 3)));
        }
    }

    @FunctionalInterface
    private interface OptionReader {
        void option(int code, ByteBuffer value);
    }

    private record Interface(String name, long unitsPerSecond) {}
}
