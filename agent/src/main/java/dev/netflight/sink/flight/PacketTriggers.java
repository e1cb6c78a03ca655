package dev.netflight.sink.flight;

import dev.netflight.model.Direction;
import dev.netflight.model.Packet;
import java.util.function.Consumer;

/** Notices in the packets themselves what somebody wants a dump for. Capture thread only. */
public final class PacketTriggers {
    /** So many segments sent again within a second are a burst, on all connections together. */
    public static final int BURST = 10;

    private static final long BURST_NANOS = 1_000_000_000L;
    private static final int TCP = 6;
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    /** Direct-mapped: of two connections with one place the older is forgotten, and what it sends again with it. */
    private static final int CONNECTIONS = 1 << 12;

    private final boolean resets;
    private final boolean retransmissions;
    private final Consumer<String> fired;
    private final long[] connections;
    /** One past the highest sequence number that a connection has sent. */
    private final int[] sent;
    private final long[] burst = new long[BURST];
    private int resent;

    /**
     * @param resets          whether a TCP reset is one, sent or received
     * @param retransmissions whether a {@link #BURST} of segments that are sent again is one
     * @param fired           told in words what was noticed, on the capture thread
     */
    public PacketTriggers(boolean resets, boolean retransmissions, Consumer<String> fired) {
        this.resets = resets;
        this.retransmissions = retransmissions;
        this.fired = fired;
        this.connections = new long[retransmissions ? CONNECTIONS : 0];
        this.sent = new int[connections.length];
    }

    void packet(Packet packet) {
        if (packet.protocol != TCP) {
            return;
        }
        if (resets && (packet.tcpFlags & RST) != 0) {
            fired.accept((packet.direction == Direction.INBOUND ? "a reset was received" : "a reset was sent")
                    + ", packet " + packet.number);
        }
        if (retransmissions && packet.direction == Direction.OUTBOUND && packet.connection != null && isSentAgain(packet)) {
            int place = resent++ % BURST;
            boolean isBurst = resent >= BURST && packet.monoNanos - burst[(place + 1) % BURST] <= BURST_NANOS;
            burst[place] = packet.monoNanos;
            if (isBurst) {
                resent = 0;
                fired.accept(BURST + " segments were sent again within a second, the last in packet " + packet.number);
            }
        }
    }

    private boolean isSentAgain(Packet packet) {
        // the first and the last take a number of the sequence too; what takes none cannot be told from new ones
        int length = packet.payloadLength + ((packet.tcpFlags & (SYN | FIN)) != 0 ? 1 : 0);
        if (length == 0 || (packet.tcpFlags & RST) != 0) {
            return false;
        }
        int place = (int) (packet.connection.id * 0x9E3779B97F4A7C15L >>> 52);
        int end = packet.tcpSeq + length;
        if (connections[place] == packet.connection.id && end - sent[place] <= 0) {
            return true;
        }
        connections[place] = packet.connection.id;
        sent[place] = end;
        return false;
    }
}
