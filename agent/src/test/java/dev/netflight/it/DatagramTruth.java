package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.DatagramCalls;
import dev.netflight.it.app.DatagramEndpoint;
import dev.netflight.it.app.Datagrams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What {@link Datagrams} or a {@link DatagramEndpoint} said of itself, and what a capture of it is worth beside that. */
final class DatagramTruth {
    private record Call(long threadId, String thread, String method, long beginNanos) {}

    private record Key(int conversation, int number, boolean outbound) {}

    private static final class Tally {
        int packets;
        /** Of calls after the start. */
        int afterStart;
        int right;
        int wrong;
        int wrongAfterStart;
        int unknown;
        /** Inbound datagrams that nobody has read. */
        int unread;
    }

    private final Map<Key, Call> calls = new HashMap<>();
    private final Map<Integer, String> conversations = new HashMap<>();
    private final Map<String, Tally> rows = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private final Set<Key> captured = new HashSet<>();
    /** Of each conversation the highest number that has come in. */
    private final Map<Integer, Integer> newest = new HashMap<>();
    private int overtaken;
    private int fragments;
    private int unmarked;

    DatagramTruth(Path file) {
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split("\t");
                if (words[0].equals("C")) {
                    conversations.put(Integer.valueOf(words[1]),
                            String.format(Locale.ROOT, "%-17s %-9s %-9s", words[2], words[3], words[4]));
                } else {
                    calls.put(new Key(Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[0].equals("S")),
                            new Call(Long.parseLong(words[3]), words[4], words[5], Long.parseLong(words[6])));
                }
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /**
     * Compares with a capture.
     *
     * @param since only calls that began after it must be known, System.nanoTime()
     */
    DatagramTruth judge(Path file, long since) {
        for (CapturedDatagram packet : Tshark.datagrams(file)) {
            judge(packet, since);
        }
        return this;
    }

    private void judge(CapturedDatagram packet, long since) {
        ByteBuffer payload = ByteBuffer.wrap(packet.payload());
        // a later fragment begins at a multiple of eight above the UDP header
        int at = payload.limit() >= 2 && payload.getShort(0) == Datagrams.MAGIC ? 0 : 8;
        if (payload.limit() < at + Datagrams.MARK || payload.getShort(at) != Datagrams.MAGIC) {
            unmarked++;
            return;
        }
        var key = new Key(payload.getShort(at + 2), payload.getInt(at + 8), packet.outbound());
        fragments += payload.getInt(at + 12) == 0 ? 0 : 1;
        captured.add(key);
        if (!key.outbound && newest.merge(key.conversation, key.number, Math::max) > key.number) {
            overtaken++;
        }
        Tally tally = rows.computeIfAbsent(conversations.get(key.conversation) + (key.outbound ? " TX" : " RX"),
                row -> new Tally());
        tally.packets++;
        Call call = calls.get(key);
        List<CapturedOperation> operations = packet.operations();
        if (call == null) {
            tally.unread++;
            tally.afterStart++;
            if (!operations.isEmpty()) {
                tally.wrong++;
                tally.wrongAfterStart++;
                wrong.add("nobody read " + key + " but " + packet);
            }
            return;
        }
        boolean afterStart = call.beginNanos - since >= 0;
        tally.afterStart += afterStart ? 1 : 0;
        if (operations.isEmpty()) {
            if (afterStart) {
                tally.unknown++;
                unknown.add(packet + " is of " + call);
            }
        } else if (operations.size() == 1 && is(operations.getFirst(), call, key)) {
            tally.right++;
        } else {
            tally.wrong++;
            tally.wrongAfterStart += afterStart ? 1 : 0;
            wrong.add(packet + " is of " + call);
        }
    }

    private boolean is(CapturedOperation operation, Call call, Key key) {
        return operation.threadId() == call.threadId && operation.thread().equals(call.thread)
                && operation.kind().equals(key.outbound ? "send" : "receive")
                && operation.virtual() == conversations.get(key.conversation).contains("virtual")
                && operation.leaf().equals(DatagramCalls.class.getSimpleName() + '.' + call.method);
    }

    DatagramTruth assertNothingWrong() {
        assertThat(wrong).as("wrong").isEmpty();
        return this;
    }

    /** All but one of a thousand packets are known. */
    DatagramTruth assertKnown() {
        int right = rows.values().stream().mapToInt(tally -> tally.right).sum();
        assertThat(right).as("right").isPositive();
        assertThat(unknown.size()).as("unknown: %s", unknown.stream().limit(10).toList()).isLessThanOrEqualTo(right / 1000);
        return this;
    }

    /** All but one of a thousand datagrams are in the capture. */
    DatagramTruth assertAll() {
        long missing = calls.keySet().stream().filter(key -> !captured.contains(key)).count();
        assertThat(missing).as("datagrams that are in no packet").isLessThanOrEqualTo(calls.size() / 1000);
        return this;
    }

    /** The rows of the table; a datagram that nobody has read is right if it says so. */
    List<GroundTruth.Result> results() {
        return rows.entrySet().stream().map(row -> new GroundTruth.Result(row.getKey(), row.getValue().afterStart,
                row.getValue().afterStart - row.getValue().unknown - row.getValue().wrongAfterStart, row.getValue().wrong)).toList();
    }

    int unread() {
        return rows.values().stream().mapToInt(tally -> tally.unread).sum();
    }

    /** How many came in after one that was sent later. */
    int overtaken() {
        return overtaken;
    }

    int fragments() {
        return fragments;
    }

    int rows() {
        return rows.size();
    }

    @Override
    public String toString() {
        var text = new StringBuilder(String.format(Locale.ROOT, "%-42s %7s %7s %7s %7s %7s%n", "", "packets", "right", "wrong",
                "unknown", "unread"));
        rows.forEach((row, tally) -> text.append(String.format(Locale.ROOT, "%-42s %7d %7d %7d %7d %7d%n", row, tally.packets,
                tally.right, tally.wrong, tally.unknown, tally.unread)));
        return text.append("later fragments ").append(fragments).append(", without a mark ").append(unmarked).append('\n').toString();
    }
}
