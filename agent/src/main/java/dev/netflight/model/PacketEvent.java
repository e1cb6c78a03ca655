package dev.netflight.model;

import java.nio.ByteBuffer;

/**
 * A kernel event: one packet as a program recorded it, before anything is known of its operations. Pooled: the
 * attributor hands out empty ones, the decoder fills them, and they wait until their operations are known.
 */
public final class PacketEvent {
    public static final int LENGTH_UNKNOWN = -1;

    /** Where the record lies in the ring; the ring keeps it until the event is released. */
    public long position;
    public long monoNanos;
    /** Socket cookie; of the listener while a handshake goes on. */
    public long cookie;
    public int netns;
    public int ifindex;
    public int originalLength;
    public int capturedLength;
    public boolean outbound;
    public int protocol;
    /** Of UDP 0, 1 for the first of several fragments, 2 for another. */
    public int tcpFlags;
    /** Of TCP as in the header; of UDP the datagram's number, which its fragments share, 0 where not known. */
    public int seq;
    /** Of TCP as in the header; of UDP the datagram's payload, {@link #LENGTH_UNKNOWN} of a fragment but the last. */
    public int ack;
    public int payloadLength;
    /** {@link #seq} and {@link #ack} as the attributor extends them, so that a connection may carry more than 4 GiB. */
    public long seqPosition;
    public long ackPosition;
    /** The processor that it came by. */
    public int cpu;
    /** Length of the link-layer header in the data; 0 for a layer-3 device. */
    public int linkLength;
    /** Packets that the kernel had counted as lost when this one was read. */
    public long lostBefore;
    /** {@link #capturedLength} bytes from {@link #dataOffset}. */
    public ByteBuffer data;
    public int dataOffset;
}
