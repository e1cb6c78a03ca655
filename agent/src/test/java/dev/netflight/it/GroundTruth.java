package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What {@link Client} said of itself, and what a capture of it is worth beside that. */
final class GroundTruth {
    /** A call of the client: these bytes of its connection's stream. */
    private record Call(long from, long to, long threadId, String thread, String method, long beginNanos) {}

    private enum Way {
        TX, RX
    }

    /**
     * What came of the data packets of one row.
     *
     * @param row     variant, kind of thread and direction
     * @param packets of calls after the start
     * @param right   have exactly the right causes
     * @param wrong   have one that is not theirs, whenever it was
     */
    record Result(String row, int packets, int right, int wrong) {}

    /** One direction of a connection. */
    private static final class Stream {
        final int connection;
        final boolean virtual;
        final String row;
        final Way way;
        final List<Call> calls = new ArrayList<>();
        /** The sequence number of the first byte, once a packet with a mark has told it. */
        Long firstSequence;
        /** Packets that came before that one. */
        final List<CapturedPacket> before = new ArrayList<>();
        /** Ranges of the stream that were captured, from → to. */
        final TreeMap<Long, Long> captured = new TreeMap<>();

        Stream(int connection, String variant, String threads, Way way) {
            this.connection = connection;
            this.virtual = threads.equals("virtual");
            this.row = String.format(Locale.ROOT, "%-17s %-9s %s", variant, threads, way);
            this.way = way;
        }

        long length() {
            return calls.isEmpty() ? 0 : calls.getLast().to;
        }

        void captured(long from, long to) {
            Map.Entry<Long, Long> before = captured.floorEntry(from);
            if (before != null && before.getValue() >= from) {
                from = before.getKey();
                to = Math.max(to, before.getValue());
            }
            Map.Entry<Long, Long> next = captured.ceilingEntry(from);
            while (next != null && next.getKey() <= to) {
                to = Math.max(to, next.getValue());
                captured.remove(next.getKey());
                next = captured.ceilingEntry(from);
            }
            captured.put(from, to);
        }

        /** Ranges from {@code begin} on whose bytes are in no packet. */
        List<String> gaps(long begin) {
            var gaps = new ArrayList<String>();
            long at = begin;
            for (Map.Entry<Long, Long> range : captured.entrySet()) {
                if (range.getKey() > at) {
                    gaps.add(at + " to " + range.getKey() + " of connection " + connection + ' ' + row);
                }
                at = Math.max(at, range.getValue());
            }
            if (at < length()) {
                gaps.add(at + " to the end of connection " + connection + ' ' + row);
            }
            return gaps;
        }

        /** The first call that ends behind an offset. */
        int callAt(long offset) {
            int low = 0;
            int high = calls.size();
            while (low < high) {
                int middle = low + high >>> 1;
                if (calls.get(middle).to <= offset) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    /** What a packet carries of one cause: which thread, in which method. */
    private record Cause(String thread, long threadId, boolean virtual, String kind, String leaf, int bytes) {
        @Override
        public String toString() {
            return bytes + " by " + thread + " in " + leaf;
        }

        Cause of(int otherBytes) {
            return new Cause(thread, threadId, virtual, kind, leaf, otherBytes);
        }

        boolean isOfSame(Cause other) {
            return threadId == other.threadId && thread.equals(other.thread) && virtual == other.virtual
                    && kind.equals(other.kind) && leaf.equals(other.leaf);
        }
    }

    /** One row of the table. */
    private static final class Tally {
        int packets;
        int right;
        int wrong;
        int unknown;
        /** Of packets whose calls all began after the capture. */
        int unknownAfterStart;
        int afterStart;
        int several;
    }

    private record Ports(int own, int peers) {}

    private final Map<Ports, Stream[]> byPorts = new HashMap<>();
    private final List<Stream> streams = new ArrayList<>();
    private final Map<String, Tally> table = new TreeMap<>();
    private final List<String> examples = new ArrayList<>();
    private int wrongBytes;

    /** Reads the client's truth. */
    GroundTruth(Path truth) {
        var byConnection = new HashMap<Integer, Stream[]>();
        try {
            for (String line : Files.readAllLines(truth)) {
                String[] words = line.split("\t");
                int connection = Integer.parseInt(words[1]);
                if (words[0].equals("C")) {
                    Stream[] both = {new Stream(connection, words[4], words[5], Way.TX),
                            new Stream(connection, words[4], words[5], Way.RX)};
                    streams.addAll(List.of(both));
                    byConnection.put(connection, both);
                    byPorts.put(new Ports(Integer.parseInt(words[2]), Integer.parseInt(words[3])), both);
                } else {
                    Stream stream = byConnection.get(connection)[words[0].equals("W") ? 0 : 1];
                    var call = new Call(Long.parseLong(words[2]), Long.parseLong(words[3]), Long.parseLong(words[4]),
                            words[5], words[6], Long.parseLong(words[7]));
                    assertThat(call.from).as("the truth has no gap").isEqualTo(stream.length());
                    stream.calls.add(call);
                }
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    int calls() {
        return streams.stream().filter(stream -> stream.way == Way.TX).mapToInt(stream -> stream.calls.size()).sum();
    }

    /**
     * Compares every data packet of a file with the truth.
     *
     * @param startNanos calls that began earlier, by {@link System#nanoTime}, need not be known
     */
    GroundTruth judge(Path file, long startNanos) {
        Tshark.packetsWithPayload(file, packet -> {
            Stream stream = packet.payloadLength() > 0 ? streamOf(packet) : null;
            if (stream == null) {
                return;
            }
            if (stream.firstSequence == null) {
                stream.firstSequence = firstSequence(stream, packet);
            }
            if (stream.firstSequence == null) {
                stream.before.add(packet);
                return;
            }
            stream.before.forEach(earlier -> judge(stream, earlier, startNanos));
            stream.before.clear();
            judge(stream, packet, startNanos);
        });
        streams.forEach(stream -> assertThat(stream.before).as("packets of %s before a whole mark", stream.row).isEmpty());
        return this;
    }

    private Stream streamOf(CapturedPacket packet) {
        Stream[] both = byPorts.get(packet.outbound() ? new Ports(packet.sourcePort(), packet.destinationPort())
                : new Ports(packet.destinationPort(), packet.sourcePort()));
        return both == null ? null : both[packet.outbound() ? 0 : 1];
    }

    /** The sequence number of the stream's first byte, by the first whole mark in a packet; {@code null} if it has none. */
    private static Long firstSequence(Stream stream, CapturedPacket packet) {
        ByteBuffer bytes = ByteBuffer.wrap(packet.payload());
        for (int at = 0; at + Client.MARK <= bytes.limit() && at < Client.MARK; at++) {
            long offset = bytes.getLong(at + 8);
            if (bytes.getShort(at) == Client.MAGIC && bytes.get(at + 2) == stream.connection && offset % Client.MARK == 0
                    && offset >= 0 && offset < stream.length()) {
                return packet.seq() - (offset - at) & 0xffff_ffffL;
            }
        }
        return null;
    }

    private void judge(Stream stream, CapturedPacket packet, long startNanos) {
        long from = packet.seq() - stream.firstSequence & 0xffff_ffffL;
        long to = from + packet.payloadLength();
        assertThat(to).as("end of %s, whose stream begins at %s, in %s", packet, stream.firstSequence, stream.row).isLessThanOrEqualTo(stream.length());
        assertThat(packet.payload()).as("whole payload of packet %d", packet.id()).hasSize(packet.payloadLength());
        checkBytes(stream, packet, from);
        stream.captured(from, to);

        var expected = new ArrayList<Cause>();
        boolean afterStart = true;
        for (int i = stream.callAt(from); i < stream.calls.size() && stream.calls.get(i).from < to; i++) {
            Call call = stream.calls.get(i);
            afterStart &= call.beginNanos - startNanos >= 0;
            expected.add(new Cause(call.thread, call.threadId, stream.virtual,
                    stream.way == Way.TX ? "write" : "read", call.method,
                    (int) (Math.min(to, call.to) - Math.max(from, call.from))));
        }
        var actual = new ArrayList<Cause>();
        for (CapturedOperation operation : packet.operations()) {
            actual.add(new Cause(operation.thread(), operation.threadId(), operation.virtual(), operation.kind(),
                    operation.leaf(), operation.bytes()));
        }

        Tally tally = table.computeIfAbsent(stream.row, row -> new Tally());
        tally.packets++;
        tally.several += joined(expected).size() > 1 ? 1 : 0;
        tally.afterStart += afterStart ? 1 : 0;
        if (joined(expected).equals(joined(actual))) {
            tally.right++;
        } else if (isPartOf(actual, expected)) {
            tally.unknown++;
            tally.unknownAfterStart += afterStart ? 1 : 0;
            if (afterStart) {
                example("unknown", stream, packet, expected, actual);
            }
        } else {
            tally.wrong++;
            example("wrong", stream, packet, expected, actual);
        }
    }

    private void example(String what, Stream stream, CapturedPacket packet, List<Cause> expected, List<Cause> actual) {
        if (examples.size() < 20) {
            examples.add(what + ": packet " + packet.id() + " of " + stream.row + ", connection " + stream.connection
                    + ", from " + Integer.toUnsignedString(packet.seq()) + ", " + packet.payloadLength()
                    + " bytes\n  expected " + expected + "\n  captured " + actual);
        }
    }

    /** Each byte tells where it belongs. */
    private void checkBytes(Stream stream, CapturedPacket packet, long from) {
        ByteBuffer bytes = ByteBuffer.wrap(packet.payload());
        int at = (int) ((Client.MARK - from % Client.MARK) % Client.MARK);
        for (; at + Client.MARK <= bytes.limit(); at += Client.MARK) {
            if (bytes.getShort(at) != Client.MAGIC || bytes.get(at + 2) != stream.connection
                    || bytes.getLong(at + 8) != from + at) {
                wrongBytes++;
            }
        }
    }

    /** Neighbours of the same cause as one: a call of the client may be several operations. */
    private static List<Cause> joined(List<Cause> causes) {
        var joined = new ArrayList<Cause>();
        for (Cause next : causes) {
            if (!joined.isEmpty() && joined.getLast().isOfSame(next)) {
                Cause last = joined.removeLast();
                joined.add(last.of(last.bytes + next.bytes));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }

    /** Whether each known operation is one of the expected calls or a part of it, in their order. */
    private static boolean isPartOf(List<Cause> known, List<Cause> expected) {
        int at = 0;
        int taken = 0;
        for (Cause cause : known) {
            while (at < expected.size()
                    && !(expected.get(at).isOfSame(cause) && taken + cause.bytes <= expected.get(at).bytes)) {
                at++;
                taken = 0;
            }
            if (at == expected.size()) {
                return false;
            }
            taken += cause.bytes;
        }
        return true;
    }

    // ---- the verdict ---------------------------------------------------------------------------------------------

    /** No packet names a thread or frame that is not its own, or bytes that are not theirs. */
    GroundTruth assertNothingWrong() {
        assertThat(sum().wrong).as("packets with a wrong cause\n%s", this).isZero();
        assertThat(wrongBytes).as("marks in packets that are not the stream's\n%s", this).isZero();
        return this;
    }

    /** At least 99.9 % of the packets of later calls have exactly the right threads and frames. */
    GroundTruth assertKnown() {
        Tally sum = sum();
        assertThat(sum.afterStart).as("packets of calls after the start\n%s", this).isPositive();
        assertThat((sum.afterStart - sum.unknownAfterStart) / (double) sum.afterStart)
                .as("part of the packets with exactly the right causes\n%s", this).isGreaterThanOrEqualTo(0.999);
        return this;
    }

    /** Each byte of each direction is in the file. */
    GroundTruth assertAllBytes() {
        return assertGaps(streams.stream().flatMap(stream -> stream.gaps(0).stream()).toList());
    }

    /** Each byte is in the file from the first captured one of each direction on. */
    GroundTruth assertNoGaps() {
        streams.forEach(stream -> assertThat(stream.captured).as("captured of %s", stream.row).isNotEmpty());
        return assertGaps(streams.stream().flatMap(stream -> stream.gaps(stream.captured.firstKey()).stream()).toList());
    }

    /**
     * The kernel of some virtual machines runs no BPF program where the work on a packet interrupts a task of the machine's
     * supervisor: less than one packet in a thousand.
     */
    private GroundTruth assertGaps(List<String> gaps) {
        if (!gaps.isEmpty()) {
            System.out.println("bytes that are in no packet: " + gaps);
        }
        assertThat(gaps).as("bytes that are in no packet\n%s", this).hasSizeLessThanOrEqualTo((sum().packets + 999) / 1000);
        return this;
    }

    /** The rows of the table. */
    List<Result> results() {
        return table.entrySet().stream().map(row -> new Result(row.getKey(), row.getValue().afterStart,
                row.getValue().afterStart - row.getValue().unknownAfterStart, row.getValue().wrong)).toList();
    }

    /** Each way to write and to read occurred, on both kinds of thread, in some number. */
    GroundTruth assertVaried() {
        assertThat(table).as("rows").hasSize(3 * 2 * 2);
        table.forEach((row, tally) -> assertThat(tally.packets).as("packets of %s", row).isGreaterThan(20));
        assertThat(sum().several).as("packets with bytes of several calls").isGreaterThan(20);
        return this;
    }

    private Tally sum() {
        var sum = new Tally();
        for (Tally tally : table.values()) {
            sum.packets += tally.packets;
            sum.right += tally.right;
            sum.wrong += tally.wrong;
            sum.unknown += tally.unknown;
            sum.unknownAfterStart += tally.unknownAfterStart;
            sum.afterStart += tally.afterStart;
            sum.several += tally.several;
        }
        return sum;
    }

    @Override
    public String toString() {
        var text = new StringBuilder(String.format(Locale.ROOT, "%-30s %8s %8s %8s %8s %14s%n", "data packets of", "all",
                "right", "wrong", "unknown", "several calls"));
        table.forEach((row, tally) -> append(text, row, tally));
        append(text, "all", sum());
        long bytes = streams.stream().mapToLong(Stream::length).sum();
        text.append(String.format(Locale.ROOT, "%,d calls wrote, %,d bytes went both ways%n", calls(), bytes));
        examples.forEach(example -> text.append(example).append('\n'));
        return text.toString();
    }

    private static void append(StringBuilder text, String row, Tally tally) {
        text.append(String.format(Locale.ROOT, "%-30s %,8d %,8d %,8d %,8d %,14d%n", row, tally.packets, tally.right,
                tally.wrong, tally.unknown, tally.several));
    }
}
