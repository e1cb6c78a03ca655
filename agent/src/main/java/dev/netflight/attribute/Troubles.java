package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;

import dev.netflight.model.Attribution;
import dev.netflight.model.Operation;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.Trouble;
import dev.netflight.model.TroubleEvent;
import dev.netflight.model.TroubleKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Retransmissions, resets and drops that wait for their operations, in the order of the ring: by the rules that hold for
 * packets, and as long. They hold no room of the ring and no packet back.
 */
final class Troubles {
    /** Beyond, the oldest goes without its operations. */
    private static final int CAPACITY = 8192;

    private record Held(TroubleEvent event, TrackedConnection tracked) {}

    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private final Packet packet = new Packet();
    private final Datagrams datagrams;

    Troubles(Datagrams datagrams) {
        this.datagrams = datagrams;
    }

    void add(TroubleEvent event, TrackedConnection tracked) {
        PacketEvent packet = event.packet();
        if (packet.protocol != Rules.UDP && event.kind() != TroubleKind.RESET) {
            if (packet.outbound && (packet.tcpFlags & Rules.SYN) != 0 && !tracked.hasSentSyn()) {
                tracked.sentSyn(packet.seq);
            }
            packet.seqPosition = tracked.ranges(packet.outbound).extend(packet.seq);
            if ((packet.tcpFlags & Rules.ACK) != 0 && event.kind() == TroubleKind.DROP) {
                packet.ackPosition = tracked.ranges(!packet.outbound).extend(packet.ack);
            }
        }
        held.add(new Held(event, tracked));
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    /**
     * Gives out the oldest one if its operations are known or it may not wait any longer.
     *
     * @return {@code null} if there is none
     */
    Trouble poll(long nowMonoNanos, boolean mustGo) {
        Held first = held.peek();
        if (first == null) {
            return null;
        }
        boolean known = attribute(first.event, first.tracked);
        if (!known && !mustGo && held.size() < CAPACITY
                && !Attributor.hasWaited(first.event.packet(), first.tracked, nowMonoNanos)) {
            return null;
        }
        held.poll();
        List<Operation> operations = new ArrayList<>(packet.operationCount);
        for (int i = 0; i < packet.operationCount; i++) {
            operations.add(packet.operation(i));
        }
        return new Trouble(first.event, first.tracked.connection, packet.attribution, operations,
                first.tracked.process == null ? null : first.tracked.process.info);
    }

    private boolean attribute(TroubleEvent event, TrackedConnection tracked) {
        if (event.packet().protocol == Rules.UDP) {
            return datagrams.attribute(event.packet(), packet);
        }
        boolean refused = event.kind() == TroubleKind.RESET && !event.packet().outbound
                && event.state() == SocketEvent.SYN_SENT;
        if (!refused) {
            boolean known = Rules.attribute(event.packet(), tracked, packet);
            // nobody's call: then at least whose connection it is
            return known && (packet.operationCount > 0 || tracked.connection != null && tracked.connection.lastOwner != null);
        }
        packet.clearOperations();
        packet.attribution = Attribution.CONNECTION;
        if (tracked.handshake != null && tracked.handshake != NOBODY) {
            packet.addOperation(tracked.handshake, 0);
            packet.attribution = Attribution.EXACT;
        }
        return tracked.handshake != null;
    }
}
