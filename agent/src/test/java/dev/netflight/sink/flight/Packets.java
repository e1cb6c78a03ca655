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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Packets with anything that can be known of one, and all of it as text. */
final class Packets {
    private static final int STACKS = 300;
    private static final int DATA = 1 << 16;

    private final Random random;
    private final Packet packet = new Packet();
    private final ByteBuffer data = ByteBuffer.allocateDirect(DATA);
    private final JavaStack[] stacks;
    private final NetworkInterface[] interfaces = {
        new NetworkInterface(1, 1, "lo", "ifindex 1"), new NetworkInterface(1, 2, "eth0", "ifindex 2"),
    };
    private final ProcessInfo[] processes = {
        null, new ProcessInfo(7, "/bin/curl", "curl -s ü", 0, 1, "/bin/sh", null, null, "pod", null, "uid"),
    };
    private long number;

    Packets(long seed) {
        random = new Random(seed);
        for (int i = 0; i < DATA; i++) {
            data.put(i, (byte) random.nextInt());
        }
        stacks = IntStream.range(0, STACKS).mapToObj(this::stack).toArray(JavaStack[]::new);
    }

    private JavaStack stack(int index) {
        List<String> frames = new ArrayList<>();
        for (int i = random.nextInt(60); i >= 0; i--) {
            frames.add("com.acme.Class" + random.nextInt(200) + ".method(Source.java:" + index + ')');
        }
        return new JavaStack(List.copyOf(frames), random.nextInt(3) - 1, random.nextBoolean());
    }

    /** The same object each time, with new content. */
    Packet next() {
        packet.number = ++number;
        packet.monoNanos = number * 1_000;
        packet.networkInterface = interfaces[random.nextInt(interfaces.length)];
        packet.direction = random.nextInt(10) == 0 ? null : Direction.values()[random.nextInt(2)];
        packet.capturedLength = random.nextInt(20) == 0 ? random.nextInt(DATA) : random.nextInt(128);
        packet.originalLength = packet.capturedLength + random.nextInt(1000);
        packet.lostBefore = random.nextInt(20) == 0 ? random.nextLong(1L << 40) : 0;
        packet.protocol = random.nextInt(256);
        packet.tcpSeq = random.nextInt();
        packet.tcpAck = random.nextInt();
        packet.tcpFlags = random.nextInt(256);
        packet.payloadLength = random.nextInt(10) - 1;
        packet.process = processes[random.nextInt(processes.length)];
        packet.processStart = random.nextInt(20) == 0 ? operation() : null;
        packet.connection = null;
        if (random.nextBoolean()) {
            packet.connection = new Connection(random.nextLong());
            packet.connection.lastOwner = random.nextBoolean() ? thread() : null;
        }
        packet.attribution = Attribution.values()[random.nextInt(3)];
        packet.clearOperations();
        for (int i = random.nextInt(random.nextInt(50) == 0 ? 500 : 3); i > 0; i--) {
            packet.addOperation(operation(), random.nextInt(100));
        }
        packet.data(data, random.nextInt(DATA - packet.capturedLength + 1));
        return packet;
    }

    private Operation operation() {
        return new Operation(random.nextLong(), OperationKind.of(1 + random.nextInt(11)), thread(),
                random.nextInt(10) == 0 ? null : stacks[random.nextInt(STACKS)], random.nextLong(), random.nextLong(),
                random.nextInt(10) == 0 ? List.of(origin(), origin()) : List.of(), random.nextInt(20) == 0 ? "host" : null);
    }

    private JavaThread thread() {
        int id = random.nextInt(5_000);
        return id % 2 == 0 ? new JavaThread("worker-" + id, id, false, null, id, "worker-" + id)
                : new JavaThread("", id, true, "carrier-1", 17, "carrier-1");
    }

    private Origin origin() {
        return new Origin("origin", 9, stacks[random.nextInt(STACKS)], packet.tcpSeq + random.nextInt(20) - 10,
                packet.tcpSeq + random.nextInt(20) - 10);
    }

    /** All that an output can tell of a packet. */
    static String text(Packet p) {
        var text = new StringBuilder();
        for (Object fact : new Object[] {
            p.number, p.monoNanos, p.networkInterface, p.direction, p.originalLength, p.lostBefore, p.protocol, p.tcpSeq,
            p.tcpAck, p.tcpFlags, p.payloadLength, p.process, p.processStart == null ? null : text(p.processStart, p),
            p.attribution, p.connection == null ? null : p.connection.id,
            p.connection == null || p.attribution != Attribution.CONNECTION ? null : p.connection.lastOwner
        }) {
            text.append(fact).append(' ');
        }
        for (int i = 0; i < p.operationCount; i++) {
            text.append('\n').append(p.operationBytes(i)).append(' ').append(text(p.operation(i), p));
        }
        byte[] bytes = new byte[p.capturedLength];
        p.copyData(ByteBuffer.wrap(bytes), 0);
        return text.append('\n').append(java.util.HexFormat.of().formatHex(bytes)).toString();
    }

    /** Of its origins only those that have handed over bytes of the packet are told with it. */
    private static String text(Operation o, Packet p) {
        List<Origin> origins = o.origins().stream().filter(one -> one.touches(p.tcpSeq, p.payloadLength)).toList();
        return new Operation(o.id(), o.kind(), o.thread(), o.stack(), o.connectionId(), o.bytes(), origins, o.host()).toString();
    }
}
