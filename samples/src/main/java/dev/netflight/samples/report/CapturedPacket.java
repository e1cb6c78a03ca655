package dev.netflight.samples.report;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A packet as the file has it.
 *
 * @param number         counts from 1, as Wireshark's {@code frame.number} does
 * @param time           when it passed
 * @param interfaceName  where
 * @param inbound        whether it came in
 * @param originalLength bytes on the wire, Ethernet header included
 * @param data           the bytes that were kept
 * @param comments       what the capture says of it
 */
record CapturedPacket(long number, Instant time, String interfaceName, boolean inbound, int originalLength, byte[] data,
        List<String> comments) {
    private static final int ETHERNET = 14;
    private static final int TCP = 6;
    private static final String[] FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};

    /** {@return its TCP header, unless it is something else} */
    Optional<Segment> segment() {
        if (data.length < ETHERNET + 20) {
            return Optional.empty();
        }
        int ip = ETHERNET;
        int headerLength;
        int payloadLength;
        int addressAt;
        int addressLength;
        switch (u16(12)) {
            case 0x0800 -> {
                headerLength = (data[ip] & 15) * 4;
                payloadLength = u16(ip + 2) - headerLength;
                if (data[ip + 9] != TCP) {
                    return Optional.empty();
                }
                addressAt = ip + 12;
                addressLength = 4;
            }
            case 0x86dd -> {
                headerLength = 40;
                payloadLength = u16(ip + 4);
                if (data[ip + 6] != TCP) {
                    return Optional.empty();
                }
                addressAt = ip + 8;
                addressLength = 16;
            }
            default -> {
                return Optional.empty();
            }
        }
        int tcp = ip + headerLength;
        if (data.length < tcp + 20) {
            return Optional.empty();
        }
        int tcpHeader = (data[tcp + 12] >> 4 & 15) * 4;
        return Optional.of(new Segment(address(addressAt, addressLength, u16(tcp)),
                address(addressAt + addressLength, addressLength, u16(tcp + 2)), data[tcp + 13] & 0xff,
                Math.max(0, payloadLength - tcpHeader)));
    }

    /** {@return the operations whose bytes it carries, or that consumed them} */
    List<OperationComment> operations() {
        return comments.stream().map(OperationComment::of).flatMap(Optional::stream).toList();
    }

    private int u16(int at) {
        return (data[at] & 0xff) << 8 | data[at + 1] & 0xff;
    }

    private String address(int at, int length, int port) {
        try {
            String host = InetAddress.getByAddress(Arrays.copyOfRange(data, at, at + length)).getHostAddress();
            return (length == 4 ? host : "[" + host + "]") + ":" + port;
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }

    /**
     * A TCP header.
     *
     * @param source      address and port
     * @param destination address and port
     * @param flags       FIN is the lowest bit
     * @param length      bytes of data
     */
    record Segment(String source, String destination, int flags, int length) {
        String flagNames() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < FLAGS.length; i++) {
                if ((flags >> i & 1) == 1) {
                    names.add(FLAGS[i]);
                }
            }
            return String.join(" ", names);
        }
    }
}
