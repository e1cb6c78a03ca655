package dev.netflight.it;

import java.util.List;

/**
 * A packet with a UDP datagram, or a fragment of one, as tshark shows it.
 *
 * @param id              {@code epb_packetid}
 * @param outbound        by {@code epb_flags}
 * @param sourcePort      0 of a fragment that is not the first
 * @param destinationPort as {@code sourcePort}
 * @param payload         above the UDP header, of a later fragment above the IP header
 * @param comments        in their order
 */
record CapturedDatagram(long id, boolean outbound, String source, String destination, int sourcePort,
        int destinationPort, byte[] payload, List<String> comments) {

    /** The operations that the packet names. */
    List<CapturedOperation> operations() {
        return comments.stream().filter(CapturedOperation::isOne).map(CapturedOperation::in).toList();
    }

    /** The names of the operations' threads, each with its leaf frame, for messages. */
    String causes() {
        return operations().stream().map(CapturedOperation::cause).toList().toString();
    }

    @Override
    public String toString() {
        return "packet " + id + (outbound ? " out " : " in ") + source + ':' + sourcePort + " > " + destination + ':'
                + destinationPort + " length " + payload.length + ' ' + causes();
    }
}
