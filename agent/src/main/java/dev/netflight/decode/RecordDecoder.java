package dev.netflight.decode;

import dev.netflight.kernel.RecordLayout;
import dev.netflight.kernel.RecordLayout.Datagram;
import dev.netflight.kernel.RecordLayout.Interface;
import dev.netflight.kernel.RecordLayout.NativeOperation;
import dev.netflight.kernel.RecordLayout.Owner;
import dev.netflight.kernel.RecordLayout.Packet;
import dev.netflight.kernel.RecordLayout.Process;
import dev.netflight.kernel.RecordLayout.Socket;
import dev.netflight.model.DatagramEvent;
import dev.netflight.model.DeviceEvent;
import dev.netflight.model.KernelEvents;
import dev.netflight.model.NativeOperationEvent;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.ProcessEvent;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.SocketOwnerEvent;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads records of the ring. Capture thread only; a packet's event is filled, not made. */
public final class RecordDecoder {

    private final ByteBuffer ring;
    private final KernelEvents target;
    private long unknown;

    /** @param ring the data area of the ring, in native byte order, twice in a row */
    public RecordDecoder(ByteBuffer ring, KernelEvents target) {
        this.ring = ring;
        this.target = target;
    }

    /**
     * Decodes one record.
     *
     * @param position   of the record in the ring, for who releases it
     * @param at         where its data begins in the buffer
     * @param lostBefore packets that the kernel has counted as lost by now
     */
    public void decode(long position, int at, long lostBefore) {
        switch (ring.getInt(at + RecordLayout.KIND)) {
            case RecordLayout.PACKET -> packet(position, at, lostBefore);
            case RecordLayout.SOCKET -> target.socket(socket(at));
            case RecordLayout.OPERATION -> target.nativeOperation(new NativeOperationEvent(
                    ring.getLong(at + RecordLayout.MONO_NANOS), ring.getLong(at + RecordLayout.COOKIE),
                    ring.getInt(at + NativeOperation.TID), ring.getInt(at + NativeOperation.FROM),
                    ring.getInt(at + NativeOperation.TO), ring.get(at + NativeOperation.SENT) != 0,
                    text(at + NativeOperation.COMM, NativeOperation.COMM_LENGTH)));
            case RecordLayout.PROCESS -> target.process(process(at));
            case RecordLayout.OWNER -> target.socketOwner(new SocketOwnerEvent(
                    ring.getLong(at + RecordLayout.COOKIE), ring.getInt(at + Owner.TGID)));
            case RecordLayout.INTERFACE -> target.device(new DeviceEvent(ring.getInt(at + RecordLayout.NETNS),
                    ring.getInt(at + Interface.IFINDEX), text(at + Interface.NAME, Interface.NAME_LENGTH)));
            case RecordLayout.DATAGRAM -> target.datagram(datagram(at));
            default -> unknown++;
        }
    }

    /** Records of a kind that is not known; 0 unless programs and decoder are of different builds. */
    public long unknown() {
        return unknown;
    }

    private void packet(long position, int at, long lostBefore) {
        PacketEvent event = target.acquire();
        event.position = position;
        event.monoNanos = ring.getLong(at + RecordLayout.MONO_NANOS);
        event.cookie = ring.getLong(at + RecordLayout.COOKIE);
        event.netns = ring.getInt(at + RecordLayout.NETNS);
        event.ifindex = ring.getInt(at + Packet.IFINDEX);
        event.originalLength = ring.getInt(at + Packet.ORIGINAL_LENGTH);
        event.capturedLength = ring.getInt(at + Packet.CAPTURED_LENGTH);
        event.seq = ring.getInt(at + Packet.SEQ);
        event.ack = ring.getInt(at + Packet.ACK);
        event.payloadLength = ring.getInt(at + Packet.PAYLOAD_LENGTH);
        event.outbound = ring.get(at + Packet.DIRECTION) == Packet.EGRESS;
        event.protocol = ring.get(at + Packet.PROTOCOL) & 0xff;
        event.tcpFlags = ring.get(at + Packet.TCP_FLAGS) & 0xff;
        event.linkLength = ring.get(at + Packet.LINK_LENGTH) & 0xff;
        event.cpu = ring.getInt(at + Packet.CPU);
        event.lostBefore = lostBefore;
        event.data = ring;
        event.dataOffset = at + Packet.DATA;
        target.packet(event);
    }

    private SocketEvent socket(int at) {
        int flags = ring.get(at + Socket.FLAGS);
        return new SocketEvent(
                ring.getLong(at + RecordLayout.MONO_NANOS), ring.getLong(at + RecordLayout.COOKIE),
                ring.getInt(at + RecordLayout.NETNS), ring.getLong(at + Socket.OPERATION), ring.getInt(at + Socket.TID),
                ring.get(at + Socket.PROTOCOL), ring.get(at + Socket.OLD_STATE), ring.get(at + Socket.NEW_STATE),
                address(at + Socket.LOCAL_ADDRESS), ring.getChar(at + Socket.LOCAL_PORT),
                address(at + Socket.REMOTE_ADDRESS), ring.getChar(at + Socket.REMOTE_PORT),
                ring.getInt(at + Socket.WRITE_SEQ), ring.getInt(at + Socket.COPIED_SEQ), ring.getInt(at + Socket.RCV_NXT),
                ring.getInt(at + Socket.SRTT_US), ring.getInt(at + Socket.MIN_RTT_US),
                ring.getInt(at + Socket.RETRANSMISSIONS), ring.getInt(at + Socket.SND_CWND),
                ring.getLong(at + Socket.BYTES_ACKED), ring.getLong(at + Socket.BYTES_RECEIVED),
                (flags & Socket.FOUND) != 0, (flags & Socket.ACCEPTED) != 0, ring.getInt(at + Socket.ERROR));
    }

    private ProcessEvent process(int at) {
        byte[] arguments = new byte[ring.getInt(at + Process.ARGUMENTS_LENGTH)];
        ring.get(at + Process.ARGUMENTS, arguments);
        return new ProcessEvent(
                ring.getLong(at + RecordLayout.MONO_NANOS), ring.getInt(at + Process.TGID), ring.getInt(at + Process.PID),
                ring.getInt(at + Process.PARENT_TGID), ring.getInt(at + Process.PARENT_PID),
                ring.getLong(at + Process.OPERATION), (ring.getInt(at + Process.FLAGS) & Process.IS_NEW) != 0,
                text(at + Process.COMM, Process.COMM_LENGTH), text(at + Process.FILE, Process.FILE_LENGTH),
                new String(arguments, StandardCharsets.UTF_8));
    }

    /** Up to the first zero byte. */
    private String text(int at, int longest) {
        byte[] bytes = new byte[longest];
        ring.get(at, bytes);
        int length = 0;
        while (length < longest && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private DatagramEvent datagram(int at) {
        int count = ring.get(at + Datagram.QUEUED_COUNT);
        int[] queued = new int[Math.min(count, Datagram.MAX_QUEUED)];
        for (int i = 0; i < queued.length; i++) {
            queued[i] = ring.getInt(at + Datagram.QUEUED + Integer.BYTES * i);
        }
        DatagramEvent.Fate fate = switch (ring.get(at + Datagram.FATE)) {
            case Datagram.SENT -> DatagramEvent.Fate.SENT;
            case Datagram.READ -> DatagramEvent.Fate.READ;
            case Datagram.TAKEN -> DatagramEvent.Fate.TAKEN;
            default -> DatagramEvent.Fate.DROPPED;
        };
        return new DatagramEvent(
                ring.getLong(at + RecordLayout.MONO_NANOS), ring.getLong(at + RecordLayout.COOKIE),
                ring.getLong(at + Datagram.OPERATION), ring.getInt(at + Datagram.TID), ring.getInt(at + Datagram.NUMBER),
                ring.getInt(at + Datagram.LENGTH), fate, ring.get(at + Datagram.UNCERTAIN) != 0, queued,
                ring.getLong(at + Datagram.IDLE_SINCE));
    }

    /** A v4-mapped address comes out as the IPv4 one that it stands for. */
    private InetAddress address(int at) {
        byte[] bytes = new byte[16];
        ring.get(at, bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException wrongLength) {
            throw new AssertionError(wrongLength);
        }
    }
}
