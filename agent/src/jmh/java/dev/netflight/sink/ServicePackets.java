package dev.netflight.sink;

import dev.netflight.model.Attribution;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** Packets of a service at work: sixteen threads and sixty-four stacks take turns. */
public final class ServicePackets {
    /** The device of all. */
    public static final NetworkInterface LO = new NetworkInterface(0, 1, "lo", "loopback");

    private static final int OPERATIONS = 64;
    private static final int FRAMES = 20;

    private final Packet packet = new Packet();
    private final Operation[] known = new Operation[OPERATIONS];
    private final int operations;
    private int turn;

    /**
     * @param captured   bytes kept of each packet
     * @param operations how many each packet carries; 0 stands for a packet of which only the process is known
     */
    public ServicePackets(int captured, int operations) {
        this.operations = operations;
        for (int i = 0; i < OPERATIONS; i++) {
            int site = i;
            var thread = new JavaThread("http-worker-" + i % 16, 40 + i % 16, false, null, 4260 + i % 16, "http-worker-");
            var frames = IntStream.range(0, FRAMES)
                    .mapToObj(f -> "com.acme.shop.Layer" + f + ".handle(Layer" + f + ".java:" + (site + f) + ")").toList();
            known[i] = new Operation(1_000_000 + i, OperationKind.WRITE, thread, new JavaStack(frames, 0, false), 9, 1_380,
                    List.of());
        }
        packet.networkInterface = LO;
        packet.direction = Direction.OUTBOUND;
        packet.capturedLength = captured;
        packet.originalLength = captured;
        packet.attribution = operations == 0 ? Attribution.NONE : Attribution.EXACT;
        packet.data(ByteBuffer.allocateDirect(captured), 0);
        packet.monoNanos = System.nanoTime();
    }

    /** Always the same object. */
    public Packet next() {
        packet.number++;
        packet.monoNanos += 1_000;
        packet.clearOperations();
        for (int i = 0; i < operations; i++) {
            packet.addOperation(known[turn++ % OPERATIONS], 1_380);
        }
        return packet;
    }
}
