package dev.netflight.sink.jfr;

import dev.netflight.jfr.NetworkTrouble;
import dev.netflight.jfr.PacketDrop;
import dev.netflight.jfr.Reset;
import dev.netflight.jfr.Retransmission;
import dev.netflight.model.AddressText;
import dev.netflight.model.Attribution;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.Trouble;
import dev.netflight.model.TroubleKind;
import java.util.EnumSet;
import java.util.Set;

/** Commits what went wrong on the way of packets, on the capture thread. */
final class JfrTroubles {
    private static final int TCP = 6;
    /** States of a connection by the kernel's numbers (include/net/tcp_states.h), in the words of ss(8). */
    private static final String[] STATES = {
        null, "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK",
        "LISTEN", "CLOSING", "SYN-RECV"
    };

    private JfrTroubles() {}

    /** {@return what a recording wants to know now} Event classes must be registered. */
    static Set<TroubleKind> wanted() {
        Set<TroubleKind> wanted = EnumSet.noneOf(TroubleKind.class);
        if (Probes.RETRANSMISSION.isEnabled()) {
            wanted.add(TroubleKind.RETRANSMISSION);
        }
        if (Probes.RESET.isEnabled()) {
            wanted.add(TroubleKind.RESET);
        }
        if (Probes.DROP.isEnabled()) {
            wanted.add(TroubleKind.DROP);
        }
        return wanted;
    }

    static void commit(Trouble trouble) {
        PacketEvent packet = trouble.event().packet();
        NetworkTrouble event = switch (trouble.event().kind()) {
            case RETRANSMISSION -> retransmission(trouble, packet);
            case RESET -> reset(trouble, packet);
            case DROP -> drop(trouble, packet);
        };
        event.connectionId = trouble.connection() == null ? 0 : trouble.connection().id;
        event.age = System.nanoTime() - packet.monoNanos;
        event.remoteAddress = AddressText.of(trouble.event().remoteAddress());
        event.remotePort = trouble.event().remotePort();
        event.localPort = trouble.event().localPort();
        event.processId = JfrSink.processId(trouble.process());
        cause(event, trouble);
        event.commit();
    }

    private static void cause(NetworkTrouble event, Trouble trouble) {
        event.attribution = trouble.attribution() == Attribution.EXACT ? "exact" : "connection";
        event.operations = trouble.operations().size();
        JavaThread thread = trouble.connection() == null ? null : trouble.connection().lastOwner;
        if (!trouble.operations().isEmpty()) {
            Operation first = trouble.operations().getFirst();
            event.operationId = first.id();
            event.frame = JfrSink.frame(first);
            thread = first.thread();
        }
        if (thread != null) {
            event.javaThread = thread.name();
            event.javaThreadId = thread.id();
        }
    }

    private static NetworkTrouble retransmission(Trouble trouble, PacketEvent packet) {
        var event = new Retransmission();
        event.bytes = packet.payloadLength;
        event.segments = trouble.event().segments();
        event.tcpFlags = JfrSink.FLAGS[packet.tcpFlags & 0xff];
        event.tcpSequence = packet.seq;
        return event;
    }

    private static NetworkTrouble reset(Trouble trouble, PacketEvent packet) {
        var event = new Reset();
        event.sender = packet.outbound ? "local" : "peer";
        event.reason = trouble.event().reason();
        int state = trouble.event().state();
        event.state = state >= 0 && state < STATES.length ? STATES[state] : Integer.toString(state);
        return event;
    }

    private static NetworkTrouble drop(Trouble trouble, PacketEvent packet) {
        var event = new PacketDrop();
        event.direction = packet.outbound ? "outbound" : "inbound";
        event.reason = trouble.event().reason();
        event.location = trouble.event().place();
        event.protocol = JfrSink.protocol(packet.protocol);
        event.payload = packet.payloadLength;
        if (packet.protocol == TCP) {
            event.tcpFlags = JfrSink.FLAGS[packet.tcpFlags & 0xff];
            event.tcpSequence = packet.seq;
        }
        return event;
    }
}
