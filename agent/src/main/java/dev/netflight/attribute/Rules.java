package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;

import dev.netflight.model.Attribution;
import dev.netflight.model.Operation;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;

/**
 * Which operations a packet belongs to, by its bytes or, where it has none, by its kind. The table of
 * {@code docs/attribution.md} in code.
 */
final class Rules {
    /** Bits of the TCP header's 14th byte, RFC 9293. */
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;

    /** IP protocol number. */
    static final int UDP = 17;

    private Rules() {}

    /** Fills the packet's operations as far as they are known. Returns whether nothing more is awaited. */
    static boolean attribute(PacketEvent event, TrackedConnection tracked, Packet packet) {
        packet.clearOperations();
        int flags = event.tcpFlags;
        if ((flags & RST) != 0) {
            return attributeTo(resetCause(event, tracked), packet);
        }
        int syn = (flags & SYN) != 0 ? 1 : 0;
        int fin = (flags & FIN) != 0 ? 1 : 0;
        int span = syn + event.payloadLength + fin;
        if (span > 0) {
            return attributeBytes(event, tracked, syn, span, packet);
        }
        if ((flags & ACK) == 0) {
            return attributeTo(NOBODY, packet);
        }
        // what acknowledges belongs to the operation of the last byte that it acknowledges
        boolean acknowledgesSent = !event.outbound;
        return attributeTo(tracked.ownerOf(acknowledgesSent, event.ackPosition - 1), packet);
    }

    private static boolean attributeTo(Operation operation, Packet packet) {
        if (operation == null || SequenceRanges.isNobody(operation)) {
            packet.attribution = Attribution.CONNECTION;
            packet.nativeThread = operation == null ? null : operation.thread();
            return operation != null;
        }
        packet.addOperation(operation, 0);
        packet.attribution = Attribution.EXACT;
        return true;
    }

    private static boolean attributeBytes(
            PacketEvent event, TrackedConnection tracked, int syn, int span, Packet packet) {
        boolean outbound = event.outbound;
        SequenceRanges ranges = tracked.ranges(outbound);
        long start = event.seqPosition;
        long end = start + span;
        long payloadStart = start + syn;
        long payloadEnd = payloadStart + event.payloadLength;
        boolean exact = true;
        boolean known = true;
        long position = start;
        while (position < end) {
            Operation owner = tracked.ownerOf(outbound, position);
            // SYN and FIN have a position of their own and are looked up alone
            long limit = position < payloadStart ? payloadStart : position < payloadEnd ? payloadEnd : end;
            long next = position < payloadStart ? payloadStart : ranges.endOf(position, limit);
            if (owner == null) {
                known = false;
                exact = false;
            } else if (SequenceRanges.isNobody(owner)) {
                exact = false;
                packet.nativeThread = owner.thread() == null ? packet.nativeThread : owner.thread();
            } else {
                int bytes = (int) (Math.min(next, payloadEnd) - Math.max(position, payloadStart));
                packet.addOperation(owner, Math.max(bytes, 0));
            }
            position = next;
        }
        packet.attribution = exact ? Attribution.EXACT : Attribution.CONNECTION;
        return known;
    }

    /** A reset that we send belongs to the close that sent it; one that answers a SYN to the connect. */
    private static Operation resetCause(PacketEvent event, TrackedConnection tracked) {
        if (event.outbound) {
            if (tracked.closer != null) {
                return tracked.closer;
            }
            return tracked.closeOperation != 0 ? null : NOBODY;
        }
        boolean refused = tracked.hasSentSyn() && !tracked.hasReceivedSyn();
        return refused ? tracked.handshake : NOBODY;
    }
}
