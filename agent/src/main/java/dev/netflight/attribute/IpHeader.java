package dev.netflight.attribute;

import dev.netflight.model.PacketEvent;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses and ports from the front of a captured packet. RFC 791, RFC 8200, RFC 9293. */
final class IpHeader {
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_TARGET = 16;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_TARGET = 24;
    private static final int IPV6_LENGTH = 40;
    private static final int WINDOW = 14;

    private IpHeader() {}

    /** @return {@code null} where too little of the packet was captured */
    static InetAddress source(PacketEvent event) {
        return isIpv4(event) ? address(event, IPV4_SOURCE, 4) : address(event, IPV6_SOURCE, 16);
    }

    /** @return {@code null} where too little of the packet was captured */
    static InetAddress target(PacketEvent event) {
        return isIpv4(event) ? address(event, IPV4_TARGET, 4) : address(event, IPV6_TARGET, 16);
    }

    /** @return 0 where too little of the packet was captured */
    static int sourcePort(PacketEvent event) {
        return port(event, 0);
    }

    /** @return 0 where too little of the packet was captured */
    static int targetPort(PacketEvent event) {
        return port(event, 2);
    }

    /** @return the window of a TCP header, unscaled; -1 where too little of the packet was captured */
    static int window(PacketEvent event) {
        int at = (isIpv4(event) ? (at(event, 0) & 15) * 4 : IPV6_LENGTH) + WINDOW;
        return event.linkLength + at + 2 <= event.capturedLength ? at(event, at) << 8 | at(event, at + 1) : -1;
    }

    private static boolean isIpv4(PacketEvent event) {
        return event.capturedLength > event.linkLength && at(event, 0) >> 4 == 4;
    }

    private static int port(PacketEvent event, int offset) {
        int transport = isIpv4(event) ? (at(event, 0) & 15) * 4 : IPV6_LENGTH;
        int at = transport + offset;
        return event.linkLength + at + 2 <= event.capturedLength ? at(event, at) << 8 | at(event, at + 1) : 0;
    }

    private static InetAddress address(PacketEvent event, int offset, int length) {
        if (event.linkLength + offset + length > event.capturedLength) {
            return null;
        }
        byte[] bytes = new byte[length];
        event.data.get(event.dataOffset + event.linkLength + offset, bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException wrongLength) {
            throw new AssertionError(wrongLength);
        }
    }

    private static int at(PacketEvent event, int offset) {
        return event.data.get(event.dataOffset + event.linkLength + offset) & 0xff;
    }
}
