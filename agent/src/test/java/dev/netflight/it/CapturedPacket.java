package dev.netflight.it;

import java.util.List;

/**
 * A packet as tshark shows it.
 *
 * @param id       {@code epb_packetid}
 * @param outbound by {@code epb_flags}
 * @param seconds  when, since 1970
 * @param flags    of TCP: FIN 1, SYN 2, RST 4, PSH 8, ACK 16
 * @param seq      of TCP, as it stands in the packet
 * @param payload  of TCP; {@code null} where it was not asked for
 * @param comments in their order
 */
record CapturedPacket(long id, boolean outbound, double seconds, String source, String destination, int sourcePort,
        int destinationPort, int flags, int seq, int payloadLength, byte[] payload, List<String> comments) {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether this flag and no other of SYN, FIN, RST and ACK is set. */
    boolean hasOnly(int flag) {
        return (flags & (SYN | FIN | RST | ACK)) == flag;
    }

    boolean isOf(int port) {
        return sourcePort == port || destinationPort == port;
    }

    /** The operations whose bytes the packet carries, in the order of the bytes. */
    List<CapturedOperation> operations() {
        return comments.stream().filter(CapturedOperation::isOne).map(CapturedOperation::in).toList();
    }

    /** The value of the first line of the comments that begins with a key, or an empty string. */
    String value(String key) {
        return comments.stream().flatMap(String::lines).filter(line -> line.startsWith(key + ": "))
                .map(line -> line.substring(key.length() + 2)).findFirst().orElse("");
    }

    /** The names of the operations' threads, each with its leaf frame, for messages. */
    String causes() {
        return operations().stream().map(CapturedOperation::cause).toList().toString();
    }

    @Override
    public String toString() {
        return "packet " + id + (outbound ? " out " : " in ") + source + ':' + sourcePort + " > " + destination + ':'
                + destinationPort + " flags " + flags + " seq " + Integer.toUnsignedString(seq) + " length "
                + payloadLength + ' ' + causes();
    }
}
