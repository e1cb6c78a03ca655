package dev.netflight.decode;

import dev.netflight.kernel.KernelReasons;
import dev.netflight.kernel.RecordLayout;
import dev.netflight.kernel.RecordLayout.Datagram;
import dev.netflight.kernel.RecordLayout.Interface;
import dev.netflight.kernel.RecordLayout.NativeOperation;
import dev.netflight.kernel.RecordLayout.Owner;
import dev.netflight.kernel.RecordLayout.Packet;
import dev.netflight.kernel.RecordLayout.Process;
import dev.netflight.kernel.RecordLayout.Socket;
import dev.netflight.kernel.RecordLayout.Trouble;
import dev.netflight.model.DatagramEvent;
import dev.netflight.model.DeviceEvent;
import dev.netflight.model.KernelEvents;
import dev.netflight.model.NativeOperationEvent;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.ProcessEvent;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.SocketOwnerEvent;
import dev.netflight.model.TroubleEvent;
import dev.netflight.model.TroubleKind;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads records of the ring. Capture thread only; a packet's event is filled, not made. */
public final class RecordDecoder {
    private static final int MOST_PLACES = 4096;

    private final ByteBuffer ring;
    private final KernelEvents target;
    /** Places in the kernel's code by their addresses: a record names one only the first time. */
    private final Map<Long, String> places = new HashMap<>();
    private KernelReasons reasons;
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
            case RecordLayout.TROUBLE -> target.trouble(trouble(at));
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
                (flags & Socket.FOUND) != 0, (flags & Socket.ACCEPTED) != 0,
                (flags & Socket.LEFT_OUT) != 0, ring.getInt(at + Socket.ERROR));
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

    private TroubleEvent trouble(int at) {
        if (reasons == null) {
            reasons = KernelReasons.read();
        }
        PacketEvent packet = new PacketEvent();
        packet.monoNanos = ring.getLong(at + RecordLayout.MONO_NANOS);
        packet.cookie = ring.getLong(at + RecordLayout.COOKIE);
        packet.netns = ring.getInt(at + RecordLayout.NETNS);
        packet.outbound = ring.get(at + Trouble.OUTBOUND) != 0;
        packet.protocol = ring.get(at + Trouble.PROTOCOL) & 0xff;
        packet.tcpFlags = ring.get(at + Trouble.TCP_FLAGS) & 0xff;
        packet.seq = ring.getInt(at + Trouble.SEQ);
        packet.ack = ring.getInt(at + Trouble.ACK);
        packet.payloadLength = ring.getInt(at + Trouble.PAYLOAD_LENGTH);
        TroubleKind kind = switch (ring.get(at + Trouble.WHAT)) {
            case Trouble.RETRANSMISSION -> TroubleKind.RETRANSMISSION;
            case Trouble.RESET -> TroubleKind.RESET;
            default -> TroubleKind.DROP;
        };
        int reason = ring.getInt(at + Trouble.REASON);
        return new TroubleEvent(kind, packet,
                address(at + Trouble.LOCAL_ADDRESS), ring.getChar(at + Trouble.LOCAL_PORT),
                address(at + Trouble.REMOTE_ADDRESS), ring.getChar(at + Trouble.REMOTE_PORT),
                ring.getInt(at + Trouble.SEGMENTS), switch (kind) {
                    case DROP -> reasons.ofDrop(reason);
                    case RESET -> reasons.ofReset(reason);
                    case RETRANSMISSION -> null;
                }, place(at), ring.get(at + Trouble.STATE));
    }

    /** Such as {@code tcp_v4_rcv+0x1c}; {@code null} where the kernel has not said. */
    private String place(int at) {
        long address = ring.getLong(at + Trouble.PLACE);
        String name = text(at + Trouble.PLACE_NAME, Trouble.PLACE_NAME_LENGTH);
        if (name.isEmpty()) {
            return places.get(address);
        }
        int length = name.indexOf('/');
        String place = length < 0 ? name : name.substring(0, length);
        if (places.size() >= MOST_PLACES) {
            places.clear();
        }
        places.put(address, place);
        return place;
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
