package dev.netflight.sink.pcapng;

import dev.netflight.model.Attribution;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Turns what is known of a packet into {@code opt_comment}s. A thread and a stack become bytes when they are first met
 * and are copied from then on; only numbers are formatted for each packet.
 *
 * <p>{@link #measure} looks everything up and bounds the length; {@link #write} then copies.
 */
final class CommentEncoder {
    private static final byte[] NOTHING = {};
    private static final byte[] OPERATION_BYTES = CommentText.utf8("\nOperationBytes: ");
    private static final byte[] EXACT = CommentText.utf8("\nAttribution: exact");
    private static final byte[] CONNECTION = CommentText.utf8("\nAttribution: connection");
    private static final byte[] MORE_OPERATIONS = CommentText.utf8("MoreOperations: ");
    private static final byte[][] OPERATION = operationLines();
    /** 00 to 99. */
    private static final byte[] PAIRS = pairs();

    /** Bounds what is formatted for each operation: option header and padding, the lines above, three numbers. */
    private static final int FORMATTED = 160;
    /** A 64 KiB packet of one-byte writes has 65,536 operations; libpcap and Wireshark refuse blocks over 16 MiB. */
    private static final int LONGEST_COMMENTS = 4 << 20;
    private static final int MOST_PROCESSES = 1_024;
    /** Origins are few and long; encoded as they come, within what an option can hold. */
    private static final byte[] CUT_ORIGIN = CommentText.utf8("\n...");

    private final EncodedProcess own;
    /** Of processes other than the JVM, by identity; emptied when it is full. */
    private final Map<ProcessInfo, EncodedProcess> others = new IdentityHashMap<>();
    private final ThreadCache threads = new ThreadCache();
    private final StackCache stacks = new StackCache();

    /** What {@link #measure} found: one entry for each operation's comment. */
    private EncodedThread[] commentThreads = new EncodedThread[8];
    private byte[][] commentStacks = new byte[8][];
    private byte[][] commentOrigins = new byte[8][];
    private EncodedProcess process;
    /** The call that started the process, as a whole option, on its first packet only. */
    private byte[] start = NOTHING;
    private int comments;
    /** The first operation's thread; {@code null} if no operation is known. */
    private EncodedThread leading;
    /** The last owner of the connection, where that is all that is known of some bytes; else {@code null}. */
    private EncodedThread owner;

    private final byte[] formatted = new byte[FORMATTED];
    private int formattedLength;
    private final byte[] digits = new byte[20];

    CommentEncoder(ProcessInfo process) {
        this.own = EncodedProcess.of(process);
    }

    /** {@return an upper bound of the bytes that {@link #write} will add for the same packet} */
    int measure(Packet packet) {
        comments = 0;
        leading = null;
        owner = null;
        process = packet.process == null ? own : encoded(packet.process);
        start = packet.processStart == null ? NOTHING : asOptions(CommentText.start(packet.processStart));
        int longest = process.before.length + process.after.length + start.length + measureOperations(packet);
        if (packet.attribution == Attribution.CONNECTION) {
            JavaThread last = packet.owner();
            owner = last == null ? EncodedThread.UNKNOWN : threads.of(last);
            longest += FORMATTED + owner.longest();
        }
        return longest;
    }

    private EncodedProcess encoded(ProcessInfo info) {
        EncodedProcess encoded = others.get(info);
        if (encoded == null) {
            if (others.size() >= MOST_PROCESSES) {
                others.clear();
            }
            encoded = EncodedProcess.of(info);
            others.put(info, encoded);
        }
        return encoded;
    }

    private int measureOperations(Packet packet) {
        int longest = 0;
        for (int i = 0; i < packet.operationCount && longest < LONGEST_COMMENTS; i++) {
            Operation operation = packet.operation(i);
            EncodedThread thread = threads.of(operation.thread());
            byte[] stack = operation.stack() == null ? NOTHING : stacks.of(operation.stack());
            longest += operation.host() == null ? 0 : host(operation).length;
            byte[] origins = operation.origins().isEmpty()
                    ? NOTHING
                    : origins(operation.origins(), packet,
                            Pcapng.LONGEST_OPTION - FORMATTED - thread.longest() - stack.length);
            longest += add(thread, stack, origins);
        }
        if (comments > 0) {
            leading = commentThreads[0];
            longest += leading.kernelThread.length;
        }
        return comments < packet.operationCount ? longest + FORMATTED : longest;
    }

    private int add(EncodedThread thread, byte[] stack, byte[] origins) {
        if (comments == commentThreads.length) {
            commentThreads = Arrays.copyOf(commentThreads, comments * 2);
            commentStacks = Arrays.copyOf(commentStacks, comments * 2);
            commentOrigins = Arrays.copyOf(commentOrigins, comments * 2);
        }
        commentThreads[comments] = thread;
        commentStacks[comments] = stack;
        commentOrigins[comments++] = origins;
        return FORMATTED + thread.longest() + stack.length + origins.length;
    }

    /** Appends the comments of the packet that was measured last. */
    void write(Packet packet, ByteBuffer b) {
        b.put(process.before);
        if (leading != null) {
            b.put(leading.kernelThread);
        }
        b.put(process.after);
        b.put(start);
        for (int i = 0; i < comments; i++) {
            writeOperation(packet.operation(i), packet.operationBytes(i), i, b);
        }
        if (comments < packet.operationCount) {
            int start = beginComment(b);
            formattedLength = 0;
            text(MORE_OPERATIONS);
            decimal(packet.operationCount - comments);
            b.put(formatted, 0, formattedLength);
            endComment(start, b);
        }
        if (owner != null) {
            int start = beginComment(b);
            // Without a thread there is no line to end.
            int skip = owner == EncodedThread.UNKNOWN ? 1 : 0;
            if (skip == 0) {
                writeThread(owner, packet.owner().id(), b);
            }
            b.put(CONNECTION, skip, CONNECTION.length - skip);
            endComment(start, b);
        }
    }

    /** {@return the kernel thread of the packet's first operation, 0 where none is known} */
    int leadingTid() {
        return leading == null ? 0 : leading.of.tid();
    }

    private void writeOperation(Operation operation, int bytes, int index, ByteBuffer b) {
        int start = beginComment(b);
        writeThread(commentThreads[index], operation.thread().id(), b);
        // Put together on the heap: three copies to the buffer cost less than eight.
        formattedLength = 0;
        text(OPERATION[operation.kind().code]);
        decimal(operation.id());
        if (bytes > 0) {
            text(OPERATION_BYTES);
            decimal(bytes);
        }
        text(EXACT);
        b.put(formatted, 0, formattedLength);
        if (operation.host() != null) {
            b.put(host(operation));
        }
        b.put(commentStacks[index]);
        if (commentOrigins[index].length > 0) {
            b.put(commentOrigins[index]);
        }
        endComment(start, b);
    }

    private void writeThread(EncodedThread thread, long id, ByteBuffer b) {
        b.put(thread.name);
        if (id == 0) {
            return;
        }
        formattedLength = 0;
        decimal(id);
        b.put(formatted, 0, formattedLength);
        b.put(thread.kind);
    }

    /** Lookups are rare: made anew each time. */
    private static byte[] host(Operation operation) {
        var lines = new StringBuilder();
        CommentText.line(lines, "Host", CommentText.name(operation.host()));
        return CommentText.utf8("\n" + lines);
    }

    private static int beginComment(ByteBuffer b) {
        int start = b.position();
        b.putInt(Pcapng.OPT_COMMENT);
        return start;
    }

    private static void endComment(int start, ByteBuffer b) {
        b.putShort(start + Short.BYTES, (short) (b.position() - start - Pcapng.OPTION_HEADER));
        PcapngWriter.pad(b);
    }

    private void text(byte[] text) {
        System.arraycopy(text, 0, formatted, formattedLength, text.length);
        formattedLength += text.length;
    }

    /** Two digits a division: an operation's number has thirteen or more. */
    private void decimal(long number) {
        int first = digits.length;
        long rest = number;
        while (rest >= 10) {
            int pair = (int) (rest % 100) * 2;
            rest /= 100;
            digits[--first] = PAIRS[pair + 1];
            digits[--first] = PAIRS[pair];
        }
        if (rest > 0 || number == 0) {
            digits[--first] = (byte) ('0' + rest);
        }
        System.arraycopy(digits, first, formatted, formattedLength, digits.length - first);
        formattedLength += digits.length - first;
    }

    /** Those whose bytes the packet carries. */
    private static byte[] origins(List<Origin> origins, Packet packet, int room) {
        var lines = new ByteArrayOutputStream();
        for (Origin origin : origins) {
            if (!origin.touches(packet.tcpSeq, packet.payloadLength)) {
                continue;
            }
            byte[] next = CommentText.origin(origin, CommentText.LONGEST_STACK);
            if (lines.size() + 1 + next.length + CUT_ORIGIN.length > room) {
                lines.writeBytes(CUT_ORIGIN);
                break;
            }
            lines.write('\n');
            lines.writeBytes(next);
        }
        return lines.toByteArray();
    }

    private static byte[][] operationLines() {
        var lines = new byte[OperationKind.values().length + 1][];
        for (OperationKind kind : OperationKind.values()) {
            lines[kind.code] = CommentText.utf8("\nOperation: " + kind.word + ' ');
        }
        return lines;
    }

    private static byte[] pairs() {
        var pairs = new byte[200];
        for (int i = 0; i < 100; i++) {
            pairs[2 * i] = (byte) ('0' + i / 10);
            pairs[2 * i + 1] = (byte) ('0' + i % 10);
        }
        return pairs;
    }

    /** {@return each non-empty text as an encoded {@code opt_comment}} */
    private static byte[] asOptions(String... texts) {
        int longest = 0;
        for (String text : texts) {
            longest += Pcapng.OPTION_HEADER + Pcapng.padded(CommentText.utf8(text).length);
        }
        ByteBuffer options = ByteBuffer.allocate(longest).order(ByteOrder.LITTLE_ENDIAN);
        for (String text : texts) {
            if (!text.isEmpty()) {
                PcapngWriter.option(options, Pcapng.OPT_COMMENT, text);
            }
        }
        return Arrays.copyOf(options.array(), options.position());
    }

    /** What stands before a packet's thread, and behind it, as whole options. */
    private record EncodedProcess(byte[] before, byte[] after) {
        static EncodedProcess of(ProcessInfo process) {
            return new EncodedProcess(
                    asOptions(CommentText.process(process)), asOptions(CommentText.surroundings(process)));
        }
    }

    /**
     * A thread in bytes, but for its id: unnamed virtual threads, of which each request may have its own, are the same
     * one on the same carrier.
     *
     * @param of           a thread whose bytes these are
     * @param kernelThread {@code ThreadId/ThreadName} as a whole option
     * @param name         {@code JavaThread} and the key of the id, which follows; {@code ThreadId/ThreadName} of one that has none
     * @param kind         {@code JavaThreadKind/Carrier} without a line feed at the end
     */
    private record EncodedThread(JavaThread of, byte[] kernelThread, byte[] name, byte[] kind) {
        static final EncodedThread UNKNOWN = new EncodedThread(null, NOTHING, NOTHING, NOTHING);

        static EncodedThread of(JavaThread thread) {
            var kernel = new StringBuilder();
            if (thread.tid() > 0) {
                CommentText.number(kernel, "ThreadId", thread.tid());
                CommentText.line(kernel, "ThreadName", CommentText.name(thread.nativeName()));
            }
            if (thread.id() == 0) {
                return new EncodedThread(thread, NOTHING, CommentText.utf8(kernel.toString()), NOTHING);
            }
            var name = new StringBuilder("JavaThread:");
            // An unnamed virtual thread keeps the line: it is what readers look for.
            if (thread.name() != null && !thread.name().isEmpty()) {
                name.setLength(0);
                CommentText.line(name, "JavaThread", CommentText.name(thread.name()));
            }
            name.append("\nJavaThreadId: ");
            var kind = new StringBuilder("\nJavaThreadKind: ").append(thread.virtual() ? "virtual" : "platform");
            CommentText.line(kind, "Carrier", CommentText.name(thread.carrier()));
            return new EncodedThread(thread, asOptions(kernel.toString()), CommentText.utf8(name.toString()),
                    CommentText.utf8(kind.toString()));
        }

        /** Bytes without the id. */
        int longest() {
            return name.length + kind.length;
        }

        /** Written out: a record's own {@code equals} would bootstrap method handles on first use. */
        boolean isOf(JavaThread other) {
            return of == other
                    || of.tid() == other.tid()
                            && of.id() == 0 == (other.id() == 0)
                            && of.virtual() == other.virtual()
                            && Objects.equals(of.name(), other.name())
                            && Objects.equals(of.carrier(), other.carrier())
                            && Objects.equals(of.nativeName(), other.nativeName());
        }
    }

    /** Direct-mapped by name and kernel thread. */
    private static final class ThreadCache {
        private final EncodedThread[] entries = new EncodedThread[1 << 10];

        EncodedThread of(JavaThread thread) {
            int index = 31 * Objects.hashCode(thread.name()) + thread.tid() & entries.length - 1;
            EncodedThread entry = entries[index];
            if (entry == null || !entry.isOf(thread)) {
                entry = EncodedThread.of(thread);
                entries[index] = entry;
            }
            return entry;
        }
    }

    /** Direct-mapped by identity: equal stacks are the same object. Bounded in entries and in bytes. */
    private static final class StackCache {
        private static final int MOST_BYTES = 8 << 20;

        private final JavaStack[] keys = new JavaStack[1 << 12];
        private final byte[][] values = new byte[keys.length][];
        private int bytes;

        byte[] of(JavaStack stack) {
            int index = System.identityHashCode(stack) & keys.length - 1;
            return keys[index] == stack ? values[index] : encode(stack, index);
        }

        private byte[] encode(JavaStack stack, int index) {
            byte[] lines = CommentText.stack(stack);
            byte[] encoded = new byte[1 + lines.length];
            encoded[0] = '\n';
            System.arraycopy(lines, 0, encoded, 1, lines.length);
            if (keys[index] != null) {
                bytes -= values[index].length;
            }
            if (bytes + encoded.length > MOST_BYTES) {
                Arrays.fill(keys, null);
                Arrays.fill(values, null);
                bytes = 0;
            }
            keys[index] = stack;
            values[index] = encoded;
            bytes += encoded.length;
            return encoded;
        }
    }
}
