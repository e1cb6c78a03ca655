package dev.netflight.read;

import java.util.List;

/**
 * A packet of a file.
 *
 * @param on             where it was captured
 * @param seconds        since 1970; {@code nanos}, 0 to 999,999,999, are added
 * @param data           what was kept of it, from {@code offset} on {@code capturedLength} bytes
 * @param originalLength its length on the wire
 * @param direction      the way it went, where that is known
 * @param number         {@code epb_packetid}, -1 without one
 * @param lostBefore     {@code epb_dropcount}: packets lost between this one and the one before
 * @param comments       each {@code opt_comment}
 * @param raw            the whole block as it was read; {@code null} where it was no Enhanced Packet Block
 */
public record CapturedPacket(CaptureInterface on, long seconds, int nanos, byte[] data, int offset, int capturedLength,
        int originalLength, Direction direction, long number, long lostBefore, List<String> comments, byte[] raw)
        implements Block {
    /** The way a packet went. */
    public enum Direction {
        UNKNOWN, INBOUND, OUTBOUND
    }

    /** Without anything but its bytes. */
    static CapturedPacket plain(CaptureInterface on, long seconds, int nanos, byte[] data, int offset, int capturedLength,
            int originalLength) {
        return new CapturedPacket(on, seconds, nanos, data, offset, capturedLength, originalLength, Direction.UNKNOWN, -1, 0,
                List.of(), null);
    }
}
