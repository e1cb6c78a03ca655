package dev.netflight.sink.flight;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes packets of what {@link SegmentWriter} has written, segment after segment. One thread. */
final class SegmentReader {
    private static final Attribution[] ATTRIBUTIONS = Attribution.values();

    /** Devices and stacks of one dump: an output knows them by identity. Bounded by what a snapshot can hold. */
    private final Map<NetworkInterface, NetworkInterface> sameInterfaces = new HashMap<>();
    private final Map<JavaStack, JavaStack> sameStacks = new HashMap<>();

    private final List<NetworkInterface> interfaces = new ArrayList<>();
    private final List<ProcessInfo> processes = new ArrayList<>();
    private final List<JavaThread> threads = new ArrayList<>();
    private final List<JavaStack> stacks = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final Packet packet = new Packet();
    private ByteBuffer b;

    /** Gives the packets of a segment out, in their order. */
    void read(ByteBuffer memory, int end, Snapshot.Taker taker) throws IOException {
        b = memory.duplicate().order(ByteOrder.nativeOrder()).clear().limit(end);
        interfaces.clear();
        processes.clear();
        threads.clear();
        stacks.clear();
        texts.clear();
        while (b.hasRemaining()) {
            next();
            taker.packet(packet);
        }
    }

    private void next() {
        int flags = b.get();
        packet.number = b.getLong();
        packet.monoNanos = b.getLong();
        packet.networkInterface = networkInterface();
        packet.direction = (flags & FlightRecord.HAS_DIRECTION) == 0 ? null
                : (flags & FlightRecord.OUTBOUND) != 0 ? Direction.OUTBOUND : Direction.INBOUND;
        packet.attribution = ATTRIBUTIONS[flags >> FlightRecord.ATTRIBUTION_SHIFT & FlightRecord.ATTRIBUTION_MASK];
        packet.originalLength = b.getInt();
        packet.capturedLength = b.getInt();
        packet.protocol = b.get() & 0xff;
        packet.tcpSeq = b.getInt();
        packet.tcpAck = b.getInt();
        packet.tcpFlags = b.get() & 0xff;
        packet.payloadLength = b.getInt();
        packet.lostBefore = (flags & FlightRecord.HAS_LOSS) == 0 ? 0 : b.getLong();
        packet.process = (flags & FlightRecord.HAS_PROCESS) == 0 ? null : process();
        packet.processStart = (flags & FlightRecord.HAS_START) == 0 ? null : operation();
        packet.connection = (flags & FlightRecord.HAS_CONNECTION) == 0 ? null : connection();
        packet.clearOperations();
        for (int i = b.getInt(); i > 0; i--) {
            int bytes = b.getInt();
            packet.addOperation(operation(), bytes);
        }
        packet.data(b, b.position());
        b.position(b.position() + packet.capturedLength);
    }

    /** As far as outputs tell of it with each packet. */
    private Connection connection() {
        long id = b.getLong();
        Connection connection = packet.connection;
        if (connection == null || connection.id != id) {
            connection = new Connection(id);
        }
        connection.lastOwner = thread();
        return connection;
    }

    private Operation operation() {
        OperationKind kind = OperationKind.of(b.get());
        long id = b.getLong();
        long bytes = b.getLong();
        long connectionId = b.getLong();
        JavaThread thread = thread();
        JavaStack stack = stack();
        String host = text();
        return new Operation(id, kind, thread, stack, connectionId, bytes, origins(), host);
    }

    private List<Origin> origins() {
        int count = b.getInt();
        if (count == 0) {
            return List.of();
        }
        List<Origin> origins = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            origins.add(new Origin(text(), b.getLong(), stack(), b.getInt(), b.getInt()));
        }
        return origins;
    }

    private NetworkInterface networkInterface() {
        int number = b.getInt();
        if (number == interfaces.size()) {
            NetworkInterface met = new NetworkInterface(b.getInt(), b.getInt(), text(), text());
            interfaces.add(sameInterfaces.computeIfAbsent(met, first -> first));
        }
        return interfaces.get(number);
    }

    private ProcessInfo process() {
        int number = b.getInt();
        if (number == processes.size()) {
            int pid = b.getInt();
            int userId = b.getInt();
            int parentPid = b.getInt();
            String command = text();
            String arguments = text();
            processes.add(new ProcessInfo(pid, command, arguments, userId, parentPid, text(), text(), text(), text(), text(),
                    text()));
        }
        return processes.get(number);
    }

    private JavaThread thread() {
        int number = b.getInt();
        if (number == FlightRecord.NOTHING) {
            return null;
        }
        if (number == threads.size()) {
            long id = b.getLong();
            int tid = b.getInt();
            boolean isVirtual = b.get() != 0;
            threads.add(new JavaThread(text(), id, isVirtual, text(), tid, text()));
        }
        return threads.get(number);
    }

    private JavaStack stack() {
        int number = b.getInt();
        if (number == FlightRecord.NOTHING) {
            return null;
        }
        if (number == stacks.size()) {
            int applicationFrame = b.getInt();
            boolean truncated = b.get() != 0;
            String[] frames = new String[b.getInt()];
            for (int i = 0; i < frames.length; i++) {
                frames[i] = text();
            }
            JavaStack met = new JavaStack(List.of(frames), applicationFrame, truncated);
            stacks.add(sameStacks.computeIfAbsent(met, first -> first));
        }
        return stacks.get(number);
    }

    private String text() {
        int number = b.getInt();
        if (number == FlightRecord.NOTHING) {
            return null;
        }
        if (number == texts.size()) {
            byte[] bytes = new byte[b.getInt()];
            b.get(bytes);
            texts.add(new String(bytes, StandardCharsets.UTF_8));
        }
        return texts.get(number);
    }
}
