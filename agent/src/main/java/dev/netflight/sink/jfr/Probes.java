package dev.netflight.sink.jfr;

import dev.netflight.jfr.CaptureConfiguration;
import dev.netflight.jfr.CaptureStatistics;
import dev.netflight.jfr.Connection;
import dev.netflight.jfr.DatagramReceive;
import dev.netflight.jfr.DatagramSend;
import dev.netflight.jfr.DnsLookup;
import dev.netflight.jfr.OpenConnection;
import dev.netflight.jfr.Packet;
import dev.netflight.jfr.PacketDrop;
import dev.netflight.jfr.ReadLatency;
import dev.netflight.jfr.Reset;
import dev.netflight.jfr.Retransmission;
import dev.netflight.jfr.SocketAccept;
import dev.netflight.jfr.SocketClose;
import dev.netflight.jfr.SocketConnect;
import dev.netflight.jfr.SocketRead;
import dev.netflight.jfr.SocketWrite;
import dev.netflight.jfr.WriteLatency;
import dev.netflight.jfr.WriteOrigin;
import java.util.List;
import jdk.jfr.Event;

/**
 * One event of each class that is never committed: it answers {@code isEnabled()} without an allocation. To initialise
 * this class is to load and initialise all event classes; {@link JfrRegistration} does it.
 */
final class Probes {
    static final SocketConnect CONNECT = new SocketConnect();
    static final SocketAccept ACCEPT = new SocketAccept();
    static final SocketRead READ = new SocketRead();
    static final SocketWrite WRITE = new SocketWrite();
    static final SocketClose CLOSE = new SocketClose();
    static final DatagramSend SEND = new DatagramSend();
    static final DatagramReceive RECEIVE = new DatagramReceive();
    static final DnsLookup LOOKUP = new DnsLookup();
    static final Connection CONNECTION = new Connection();
    static final OpenConnection OPEN_CONNECTION = new OpenConnection();
    static final Packet PACKET = new Packet();
    static final Retransmission RETRANSMISSION = new Retransmission();
    static final Reset RESET = new Reset();
    static final PacketDrop DROP = new PacketDrop();
    static final WriteLatency WRITE_LATENCY = new WriteLatency();
    static final ReadLatency READ_LATENCY = new ReadLatency();
    static final WriteOrigin WRITE_ORIGIN = new WriteOrigin();

    static final List<Class<? extends Event>> CLASSES = List.of(
            SocketConnect.class, SocketAccept.class, SocketRead.class, SocketWrite.class, SocketClose.class,
            DatagramSend.class, DatagramReceive.class, DnsLookup.class, Connection.class, OpenConnection.class, Packet.class,
            Retransmission.class, Reset.class, PacketDrop.class, WriteLatency.class, ReadLatency.class,
            WriteOrigin.class, CaptureStatistics.class, CaptureConfiguration.class);

    /** What is told of connections of TCP, whether their packets are recorded or not. */
    private static final List<Event> OF_CONNECTIONS = List.of(CONNECT, ACCEPT, READ, WRITE, CLOSE, CONNECTION, OPEN_CONNECTION,
            RETRANSMISSION, RESET, DROP, WRITE_LATENCY, READ_LATENCY, WRITE_ORIGIN);

    private Probes() {}

    /** {@return whether a recording wants events of each connection} Event classes must be registered. */
    static boolean areConnectionsWanted() {
        return OF_CONNECTIONS.stream().anyMatch(Event::isEnabled);
    }

    /** {@return whether a recording wants events of operations on UDP} Event classes must be registered. */
    static boolean areDatagramsWanted() {
        return SEND.isEnabled() || RECEIVE.isEnabled();
    }
}
