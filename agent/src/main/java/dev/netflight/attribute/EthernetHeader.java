package dev.netflight.attribute;

import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import java.nio.ByteBuffer;

/**
 * Gives packets of layer-3 devices (tun, GRE, WireGuard …) an Ethernet header, since a capture file has one link type. Its
 * addresses are the locally administered 02:00:00:00:00:02 from …:01, as ptcpdump makes them up; what is said of it
 * stands in the interface's description.
 */
final class EthernetHeader {
    private static final int LENGTH = 14;
    private static final int ETHERTYPE = 12;
    private static final short IPV4 = 0x0800;
    private static final short IPV6 = (short) 0x86dd;

    private ByteBuffer scratch = ByteBuffer.allocate(2048);

    /** Fills the packet's lengths and data from {@code event}, with a header made up in front. */
    void prepend(PacketEvent event, Packet packet) {
        int length = event.capturedLength + LENGTH;
        if (scratch.capacity() < length) {
            scratch = ByteBuffer.allocate(Integer.highestOneBit(length) * 2);
        }
        scratch.putShort(0, (short) 0x0200).putInt(2, 2).putShort(6, (short) 0x0200).putInt(8, 1);
        boolean ipv6 = event.capturedLength > 0 && (event.data.get(event.dataOffset) & 0xf0) == 0x60;
        scratch.putShort(ETHERTYPE, ipv6 ? IPV6 : IPV4);
        scratch.put(LENGTH, event.data, event.dataOffset, event.capturedLength);
        packet.originalLength = event.originalLength + LENGTH;
        packet.capturedLength = length;
        packet.data(scratch, 0);
    }
}
