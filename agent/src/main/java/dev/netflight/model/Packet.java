package dev.netflight.model;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One packet on its way to the sinks. A flyweight: the capture thread fills the same object for each packet, and its
 * content is valid only while a sink is called.
 */
public final class Packet {
    /** Counts from 1 in each capture; the {@code epb_packetid} and the JFR events' {@code packetNumber}. */
    public long number;
    /** CLOCK_MONOTONIC nanoseconds. */
    public long monoNanos;
    public NetworkInterface networkInterface;
    public Direction direction;
    /** Length on the wire in bytes, with the link-layer header. */
    public int originalLength;
    /** Bytes kept: the smaller of {@link #originalLength} and snaplen. */
    public int capturedLength;
    /** Packets of this capture lost since the packet before. */
    public long lostBefore;

    /** IP protocol number; 0 where the packet is not IP. */
    public int protocol;
    /** TCP only: header fields, host byte order; {@link #tcpFlags} as in the header's 14th byte. */
    public int tcpSeq;
    public int tcpAck;
    public int tcpFlags;
    /** Bytes above the transport header. */
    public int payloadLength;

    /** The process whose packet it is, or {@code null} for the JVM. */
    public ProcessInfo process;
    /** On the first packet of a process that the JVM has started: the call that did, or {@code null}. */
    public Operation processStart;
    /** The packet's socket, or {@code null} where not known. */
    public Connection connection;
    public Attribution attribution = Attribution.NONE;
    /** Operations of the packet in the order of its bytes. */
    public int operationCount;
    /** Who moved bytes of it by native code that is not followed; {@code null} where nobody is known to have. */
    public JavaThread nativeThread;
    private Operation[] operations = new Operation[8];
    private int[] operationBytes = new int[8];

    private ByteBuffer source;
    private int sourceOffset;

    /** Who is shown where {@link #attribution} is CONNECTION; {@code null} where nothing is known of a thread. */
    public JavaThread owner() {
        return nativeThread != null || connection == null ? nativeThread : connection.lastOwner;
    }

    /** The {@code index}-th operation whose bytes the packet carries or, inbound, that consumed them. */
    public Operation operation(int index) {
        return operations[java.util.Objects.checkIndex(index, operationCount)];
    }

    /** Bytes of the {@code index}-th operation that this packet carries; 0 for a packet without payload. */
    public int operationBytes(int index) {
        return operationBytes[java.util.Objects.checkIndex(index, operationCount)];
    }

    public void clearOperations() {
        Arrays.fill(operations, 0, operationCount, null);
        operationCount = 0;
        nativeThread = null;
    }

    /** Appends an operation; adjoining bytes of the same operation become one entry. */
    public void addOperation(Operation operation, int bytes) {
        if (operationCount > 0 && operations[operationCount - 1] == operation) {
            operationBytes[operationCount - 1] += bytes;
            return;
        }
        if (operationCount == operations.length) {
            operations = Arrays.copyOf(operations, operationCount * 2);
            operationBytes = Arrays.copyOf(operationBytes, operationCount * 2);
        }
        operations[operationCount] = operation;
        operationBytes[operationCount++] = bytes;
    }

    /** Names where the captured bytes lie: {@code capturedLength} bytes of {@code source} from {@code offset}. */
    public void data(ByteBuffer source, int offset) {
        this.source = source;
        this.sourceOffset = offset;
    }

    /** Copies the captured bytes to {@code target} at {@code index}; positions and limits stay as they are. */
    public void copyData(ByteBuffer target, int index) {
        target.put(index, source, sourceOffset, capturedLength);
    }

    /** The captured byte at {@code index}, 0 to {@code capturedLength - 1}, link-layer header first. */
    public int dataByte(int index) {
        return source.get(sourceOffset + java.util.Objects.checkIndex(index, capturedLength)) & 0xff;
    }
}
