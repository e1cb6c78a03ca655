package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A capture file block by block, after draft-ietf-opsawg-pcapng, for what Wireshark 4.0 does not show: option 8 of a
 * packet, and the numbers of the statistics as numbers.
 */
final class PcapngFile {
    private static final int SECTION_HEADER = 0x0a0d0d0a;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int STATISTICS = 5;

    private static final int OPT_COMMENT = 1;
    private static final int EPB_DROPCOUNT = 4;
    private static final int EPB_PACKETID = 5;
    private static final int EPB_PROCESSID_THREADID = 8;
    private static final int ISB_IFRECV = 4;
    private static final int ISB_OSDROP = 7;
    private static final int ISB_USRDELIV = 8;

    private static final Pattern SUMMARY = Pattern.compile(
            "matched (\\d+), emitted (\\d+), lost (\\d+), dropped (\\d+)");

    private record Option(int code, ByteBuffer value) {
        String text() {
            return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
        }
    }

    /**
     * @param number     {@code epb_packetid}
     * @param pid        of option 8, -1 without it
     * @param lostBefore {@code epb_dropcount}
     */
    record Packet(int interfaceId, long nanos, int captured, int original, long number, int pid, int tid,
            long lostBefore, List<String> comments) {}

    /** @param summary its comment */
    private record Statistics(long received, long lost, long delivered, String summary) {}

    private final Path file;
    private final List<Packet> packets = new ArrayList<>();
    private final List<Integer> snaplens = new ArrayList<>();
    private final List<Statistics> statistics = new ArrayList<>();

    private PcapngFile(Path file) {
        this.file = file;
    }

    static PcapngFile read(Path file) {
        var read = new PcapngFile(file);
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                int type = bytes.getInt();
                int length = bytes.getInt();
                assertThat(length % 4).as("length of a block of %s", file).isZero();
                ByteBuffer body = bytes.slice(bytes.position(), length - 12).order(ByteOrder.LITTLE_ENDIAN);
                bytes.position(bytes.position() + length - 12);
                assertThat(bytes.getInt()).as("length again at the end of a block of %s", file).isEqualTo(length);
                read.block(type, body);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return read;
    }

    private void block(int type, ByteBuffer body) {
        switch (type) {
            case SECTION_HEADER -> assertThat(body.getInt()).as("byte order").isEqualTo(0x1a2b3c4d);
            case INTERFACE_DESCRIPTION -> snaplens.add(body.getInt(4));
            case ENHANCED_PACKET -> packet(body);
            case STATISTICS -> {
                body.position(12);
                List<Option> options = options(body);
                statistics.add(new Statistics(number(options, ISB_IFRECV, 0), number(options, ISB_OSDROP, 0),
                        number(options, ISB_USRDELIV, 0), comments(options).getFirst()));
            }
            default -> throw new AssertionError("block type " + type + " in " + file);
        }
    }

    private void packet(ByteBuffer body) {
        int interfaceId = body.getInt();
        long nanos = Integer.toUnsignedLong(body.getInt()) << 32 | Integer.toUnsignedLong(body.getInt());
        int captured = body.getInt();
        int original = body.getInt();
        body.position(body.position() + (captured + 3 & ~3));
        List<Option> options = options(body);
        int pid = -1;
        int tid = -1;
        for (Option option : options) {
            if (option.code == EPB_PROCESSID_THREADID) {
                pid = option.value.getInt(0);
                tid = option.value.getInt(4);
            }
        }
        packets.add(new Packet(interfaceId, nanos, captured, original, number(options, EPB_PACKETID, -1), pid, tid,
                number(options, EPB_DROPCOUNT, 0), comments(options)));
    }

    private static List<Option> options(ByteBuffer body) {
        var options = new ArrayList<Option>();
        while (body.hasRemaining()) {
            int code = Short.toUnsignedInt(body.getShort());
            int length = Short.toUnsignedInt(body.getShort());
            if (code == 0) {
                break;
            }
            options.add(new Option(code, body.slice(body.position(), length).order(ByteOrder.LITTLE_ENDIAN)));
            body.position(body.position() + (length + 3 & ~3));
        }
        return options;
    }

    private static long number(List<Option> options, int code, long otherwise) {
        return options.stream().filter(option -> option.code == code).mapToLong(option -> option.value.getLong(0))
                .findFirst().orElse(otherwise);
    }

    private static List<String> comments(List<Option> options) {
        return options.stream().filter(option -> option.code == OPT_COMMENT).map(Option::text).toList();
    }

    List<Packet> packets() {
        return packets;
    }

    List<Integer> snaplens() {
        return snaplens;
    }

    /** Whether the capture has ended well: only then there are statistics. */
    boolean isComplete() {
        return !statistics.isEmpty();
    }

    /**
     * Asserts that the statistics agree with each other and with the packets: what was matched was emitted, lost or
     * dropped, and what was emitted is in the file.
     */
    Answer.Books assertBooks() {
        assertThat(statistics).as("statistics of %s", file).hasSize(snaplens.size());
        Matcher found = SUMMARY.matcher(statistics.getFirst().summary);
        assertThat(found.find()).as(statistics.getFirst().summary).isTrue();
        var books = new Answer.Books(Long.parseLong(found.group(1)), Long.parseLong(found.group(2)),
                Long.parseLong(found.group(3)), Long.parseLong(found.group(4)), 0);
        books.assertClosed();
        assertThat(books.emitted()).as("emitted and packets in the file").isEqualTo(packets.size());
        assertThat(statistics.stream().mapToLong(Statistics::delivered).sum()).as("isb_usrdeliv")
                .isEqualTo(books.emitted());
        assertThat(statistics.stream().mapToLong(Statistics::lost).sum()).as("isb_osdrop").isEqualTo(books.lost());
        assertThat(statistics.stream().mapToLong(Statistics::received).sum()).as("isb_ifrecv")
                .isEqualTo(books.matched());
        return books;
    }

    /** Asserts that packets are numbered from 1 and that times of one interface never go back. */
    PcapngFile assertInOrder() {
        long[] newest = new long[snaplens.size()];
        for (int i = 0; i < packets.size(); i++) {
            Packet packet = packets.get(i);
            assertThat(packet.number).isEqualTo(i + 1);
            assertThat(packet.nanos).as("time of packet %d", packet.number)
                    .isGreaterThanOrEqualTo(newest[packet.interfaceId]);
            newest[packet.interfaceId] = packet.nanos;
        }
        return this;
    }

    @Override
    public String toString() {
        return file + " with " + packets.size() + " packets";
    }
}
