package dev.netflight.attribute;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to join a packet with its operations, in nanoseconds a packet: taking the packet, taking its operations,
 * and giving it out. The packets of a batch, each with its operations, are taken first, then all leave. They take turns
 * among the connections, so that each finds another one than the last.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AttributorBenchmark implements Attributor.Output {
    private static final int BATCH = 400;
    private static final int PAYLOAD = 1_380;
    private static final int HEADERS = 54;
    private static final int ACK = 16;
    private static final int TRANSPORT = 34;

    @Param({"1", "100"})
    public int connections;

    private final NetworkInterface lo = new NetworkInterface(1, 1, "lo", "loopback");
    private final JavaThread thread = new JavaThread("writer", 41, false, null, 4260, "writer");
    private Attributor attributor;
    private ByteBuffer[] headers;
    /** The next byte to be sent, of each connection. */
    private int[] next;
    private long number;
    private long position;
    private int exact;

    @Setup
    public void connect() {
        attributor = new Attributor(this, (netns, ifindex) -> lo, null);
        headers = new ByteBuffer[connections];
        next = new int[connections];
        for (int c = 0; c < connections; c++) {
            headers[c] = ByteBuffer.allocateDirect(HEADERS);
            headers[c].put(14, (byte) 0x45);
            headers[c].put(14 + 12, new byte[] {10, 0, 0, 1, 10, 0, 0, 2});
            headers[c].putShort(TRANSPORT, (short) 8080).putShort(TRANSPORT + 2, (short) (20_000 + c));
        }
    }

    private void packet(int c, boolean outbound, int payload) {
        PacketEvent event = attributor.acquire();
        event.position = position += 160;
        event.monoNanos = position;
        event.cookie = c + 1;
        event.netns = 1;
        event.ifindex = 1;
        event.outbound = outbound;
        event.protocol = 6;
        event.tcpFlags = ACK;
        event.seq = outbound ? next[c] : 1;
        event.ack = outbound ? 1 : next[c];
        event.payloadLength = payload;
        event.originalLength = HEADERS + payload;
        event.capturedLength = HEADERS;
        event.linkLength = 14;
        event.data = headers[c];
        event.dataOffset = 0;
        attributor.packet(event);
    }

    private void operations(int c, int count) {
        int from = next[c];
        int length = PAYLOAD / count;
        for (int i = 0; i < count; i++) {
            attributor.operation(
                    new Operation(++number, OperationKind.WRITE, thread, null, c + 1, length, List.of()),
                    new OperationRanges(c + 1, true, from, from + length, false, 0, 0, false, false));
            from += length;
        }
        next[c] = from;
    }

    private int leave() {
        exact = 0;
        attributor.release(position, Long.MIN_VALUE);
        if (exact != BATCH || attributor.isHolding()) {
            throw new IllegalStateException(exact + " of " + BATCH + " attributed");
        }
        return exact;
    }

    private int send(int operations) {
        for (int i = 0; i < BATCH; i += connections) {
            for (int c = 0; c < connections; c++) {
                packet(c, true, PAYLOAD / operations * operations);
                operations(c, operations);
            }
        }
        return leave();
    }

    /** Each packet has the bytes of one write. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int oneOperation() {
        return send(1);
    }

    /** Each packet has the bytes of ten writes: its list is ten long. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int tenOperations() {
        return send(10);
    }

    /** Every second packet is the peer's acknowledgement, which belongs to the write of the last byte it acknowledges. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int acknowledged() {
        for (int i = 0; i < BATCH; i += 2 * connections) {
            for (int c = 0; c < connections; c++) {
                packet(c, true, PAYLOAD);
                operations(c, 1);
                packet(c, false, 0);
            }
        }
        return leave();
    }

    @Override
    public void packet(Packet packet) {
        exact += packet.attribution == Attribution.EXACT ? 1 : 0;
    }

    @Override
    public void connectionEnded(Connection connection) {}

    @Override
    public void connectionForgotten(Connection connection) {}
}
