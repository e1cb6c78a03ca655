package dev.netflight.sink.flight;

import dev.netflight.model.Attribution;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Puts packets into one segment after another, as {@link FlightRecord} has it. Capture thread only; makes no object but where a text
 * is met for the first time in a segment.
 *
 * <p>Threads and stacks are looked up in direct-mapped tables: where two share a place they are written oftener than
 * once, which costs room and nothing else.
 */
final class SegmentWriter {
    private static final int THREADS = 1 << 10;
    private static final int STACKS = 1 << 12;

    private final JavaThread[] threads = new JavaThread[THREADS];
    private final int[] threadNumbers = new int[THREADS];
    private final JavaStack[] stacks = new JavaStack[STACKS];
    private final int[] stackNumbers = new int[STACKS];
    private final Map<String, Integer> texts = new HashMap<>();
    private final Map<NetworkInterface, Integer> interfaces = new IdentityHashMap<>();
    private final Map<ProcessInfo, Integer> processes = new IdentityHashMap<>();
    private NetworkInterface latest;
    private int latestNumber;
    private int threadCount;
    private int stackCount;
    private ByteBuffer b;

    /** Goes on at the beginning of another segment. */
    void begin(ByteBuffer memory) {
        b = memory.clear();
        Arrays.fill(threads, null);
        Arrays.fill(stacks, null);
        texts.clear();
        interfaces.clear();
        processes.clear();
        latest = null;
        threadCount = 0;
        stackCount = 0;
    }

    /** {@return where the packet ends in the segment, or -1 if it has no room: then another one must be begun} */
    int write(Packet packet) {
        try {
            head(packet);
            b.putInt(packet.operationCount);
            for (int i = 0; i < packet.operationCount; i++) {
                b.putInt(packet.operationBytes(i));
                operation(packet.operation(i), packet);
            }
            if (b.remaining() < packet.capturedLength) {
                return -1;
            }
            packet.copyData(b, b.position());
            return b.position(b.position() + packet.capturedLength).position();
        } catch (BufferOverflowException full) {
            // once in some thousand packets: cheaper than to measure each
            return -1;
        }
    }

    private void head(Packet packet) {
        boolean hasOwner = packet.connection != null;
        int flags = (packet.direction == null ? 0 : FlightRecord.HAS_DIRECTION)
                | (packet.direction == Direction.OUTBOUND ? FlightRecord.OUTBOUND : 0)
                | packet.attribution.ordinal() << FlightRecord.ATTRIBUTION_SHIFT
                | (packet.lostBefore > 0 ? FlightRecord.HAS_LOSS : 0)
                | (packet.process != null ? FlightRecord.HAS_PROCESS : 0)
                | (packet.processStart != null ? FlightRecord.HAS_START : 0)
                | (hasOwner ? FlightRecord.HAS_CONNECTION : 0);
        b.put((byte) flags).putLong(packet.number).putLong(packet.monoNanos);
        networkInterface(packet.networkInterface);
        b.putInt(packet.originalLength).putInt(packet.capturedLength).put((byte) packet.protocol);
        b.putInt(packet.tcpSeq).putInt(packet.tcpAck).put((byte) packet.tcpFlags).putInt(packet.payloadLength);
        if (packet.lostBefore > 0) {
            b.putLong(packet.lostBefore);
        }
        if (packet.process != null) {
            process(packet.process);
        }
        if (packet.processStart != null) {
            operation(packet.processStart, packet);
        }
        if (hasOwner) {
            b.putLong(packet.connection.id);
            // it changes with each operation, and is told only where no operation is known
            thread(packet.attribution == Attribution.CONNECTION ? packet.owner() : null);
        }
    }

    private void operation(Operation operation, Packet packet) {
        b.put((byte) operation.kind().code).putLong(operation.id()).putLong(operation.bytes());
        b.putLong(operation.connectionId());
        thread(operation.thread());
        stack(operation.stack());
        text(operation.host());
        int count = b.position();
        b.putInt(0);
        int origins = 0;
        for (int i = 0; i < operation.origins().size(); i++) {
            Origin origin = operation.origins().get(i);
            if (origin.touches(packet.tcpSeq, packet.payloadLength)) {
                text(origin.threadName());
                b.putLong(origin.threadId());
                stack(origin.stack());
                b.putInt(origin.from()).putInt(origin.to());
                origins++;
            }
        }
        if (origins > 0) {
            b.putInt(count, origins);
        }
    }

    private void networkInterface(NetworkInterface of) {
        if (of == latest) {
            b.putInt(latestNumber);
            return;
        }
        Integer known = interfaces.get(of);
        latest = of;
        latestNumber = known != null ? known : interfaces.size();
        b.putInt(latestNumber);
        if (known == null) {
            interfaces.put(of, latestNumber);
            b.putInt(of.netns()).putInt(of.ifindex());
            text(of.name());
            text(of.description());
        }
    }

    private void process(ProcessInfo of) {
        Integer known = processes.get(of);
        if (known != null) {
            b.putInt(known);
            return;
        }
        b.putInt(processes.size());
        processes.put(of, processes.size());
        b.putInt(of.pid()).putInt(of.userId()).putInt(of.parentPid());
        text(of.command());
        text(of.arguments());
        text(of.parentCommand());
        text(of.parentArguments());
        text(of.containerId());
        text(of.podName());
        text(of.podNamespace());
        text(of.podUid());
    }

    private void thread(JavaThread of) {
        if (of == null) {
            b.putInt(FlightRecord.NOTHING);
            return;
        }
        int place = (int) of.id() * 31 + of.tid() & THREADS - 1;
        if (isSame(threads[place], of)) {
            b.putInt(threadNumbers[place]);
            return;
        }
        threads[place] = of;
        threadNumbers[place] = threadCount;
        b.putInt(threadCount++);
        b.putLong(of.id()).putInt(of.tid()).put((byte) (of.virtual() ? 1 : 0));
        text(of.name());
        text(of.carrier());
        text(of.nativeName());
    }

    /** Written out: a record's own {@code equals} would bootstrap method handles on first use. */
    private static boolean isSame(JavaThread known, JavaThread of) {
        return known == of
                || known != null && known.id() == of.id() && known.tid() == of.tid() && known.virtual() == of.virtual()
                        && Objects.equals(known.name(), of.name()) && Objects.equals(known.carrier(), of.carrier())
                        && Objects.equals(known.nativeName(), of.nativeName());
    }

    /** Equal stacks are the same object. */
    private void stack(JavaStack of) {
        if (of == null) {
            b.putInt(FlightRecord.NOTHING);
            return;
        }
        int place = System.identityHashCode(of) & STACKS - 1;
        if (stacks[place] == of) {
            b.putInt(stackNumbers[place]);
            return;
        }
        stacks[place] = of;
        stackNumbers[place] = stackCount;
        b.putInt(stackCount++);
        b.putInt(of.applicationFrame()).put((byte) (of.truncated() ? 1 : 0)).putInt(of.frames().size());
        for (int i = 0; i < of.frames().size(); i++) {
            text(of.frames().get(i));
        }
    }

    private void text(String of) {
        if (of == null) {
            b.putInt(FlightRecord.NOTHING);
            return;
        }
        Integer known = texts.get(of);
        if (known != null) {
            b.putInt(known);
            return;
        }
        b.putInt(texts.size());
        texts.put(of, texts.size());
        byte[] bytes = of.getBytes(StandardCharsets.UTF_8);
        b.putInt(bytes.length).put(bytes);
    }
}
