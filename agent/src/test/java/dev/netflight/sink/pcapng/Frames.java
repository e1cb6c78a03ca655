package dev.netflight.sink.pcapng;

import dev.netflight.model.Packet;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Ethernet frames with a TCP segment, checksums left out as a capture before the device's offload has them. */
final class Frames {
    private static final int ETHERNET = 14;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int TCP = 20;

    private Frames() {}

    /** {@return a frame from port 40000 to port 40001 whose payload is {@code payload} bytes long} */
    static byte[] tcp(String from, String to, int seq, int payload) {
        try {
            byte[] source = InetAddress.getByName(from).getAddress();
            byte[] destination = InetAddress.getByName(to).getAddress();
            boolean v4 = source.length == 4;
            ByteBuffer b = ByteBuffer.allocate(ETHERNET + (v4 ? IPV4 : IPV6) + TCP + payload);
            b.put(new byte[] {0, 0, 0, 0, 0, 2}).put(new byte[] {0, 0, 0, 0, 0, 1});
            b.putShort((short) (v4 ? 0x0800 : 0x86DD));
            if (v4) {
                // A super-packet's length does not fit: 0, as the kernel has it with BIG TCP.
                int total = IPV4 + TCP + payload;
                b.put((byte) 0x45).put((byte) 0).putShort((short) (total > 0xffff ? 0 : total));
                b.putShort((short) 7).putShort((short) 0x4000).put((byte) 64).put((byte) 6).putShort((short) 0);
            } else {
                b.putInt(0x60000000).putShort((short) (TCP + payload)).put((byte) 6).put((byte) 64);
            }
            b.put(source).put(destination);
            b.putShort((short) 40_000).putShort((short) 40_001).putInt(seq).putInt(1);
            b.put((byte) 0x50).put((byte) 0x18).putShort((short) 502).putShort((short) 0).putShort((short) 0);
            for (int i = 0; b.hasRemaining(); i++) {
                b.put((byte) ('a' + i % 26));
            }
            return b.array();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Gives {@code packet} a frame of which {@code snaplen} bytes are kept, 0 for all. */
    static Packet put(Packet packet, byte[] frame, int snaplen) {
        packet.originalLength = frame.length;
        packet.capturedLength = snaplen == 0 ? frame.length : Math.min(frame.length, snaplen);
        packet.data(ByteBuffer.wrap(frame), 0);
        return packet;
    }
}
