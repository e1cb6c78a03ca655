package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Unsigned;

/**
 * One for each packet; off unless a recording asks for it. Committed on the capture thread, up to half a second after
 * the packet: {@link #age} says how long.
 */
@Name("netflight.Packet")
@Label("Packet")
@Category("Netflight")
@Description("A packet, with the Java thread and the application frame that caused it")
@Enabled(false)
@Registered(false)
@StackTrace(false)
public final class Packet extends Event {
    @Label("Packet Number")
    @Description("Number of the packet in its capture, in a pcapng file its epb_packetid")
    @PacketNumber
    public long packetNumber;

    @Label("Connection")
    @Description("The kernel's cookie of the packet's socket, 0 if it is not known")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Operation")
    @Description("The first operation whose bytes it carries or, inbound, that consumed them; 0 if none is known")
    @OperationId
    public long operationId;

    @Label("Operations")
    @Description("How many operations have bytes in it; the capture file names each")
    public int operations;

    @Label("Age")
    @Description("Time from the packet to this event: event time minus age is when it passed")
    @Timespan(Timespan.NANOSECONDS)
    public long age;

    @Label("Direction")
    @Description("outbound or inbound, seen from this host")
    public String direction;

    @Label("Interface")
    @Description("Name of the network device")
    public String networkInterface;

    @Label("Length")
    @Description("On the wire, with the link-layer header")
    @DataAmount
    public int length;

    @Label("Payload")
    @Description("Bytes above the transport header")
    @DataAmount
    public int payload;

    @Label("Protocol")
    @Description("TCP, UDP, or the number of the IP protocol")
    public String protocol;

    @Label("TCP Flags")
    @Description("As tcpdump prints them: S SYN, F FIN, R RST, P PSH, . ACK, U URG, E ECE, W CWR")
    public String tcpFlags;

    @Label("TCP Sequence Number")
    @Unsigned
    public int tcpSequence;

    @Label("TCP Acknowledgement")
    @Unsigned
    public int tcpAcknowledgement;

    @Label("Remote Address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Local Port")
    public int localPort;

    @Label("Java Thread")
    @Description("Name of the thread of the first operation, or of the socket's last one where only that is known")
    public String javaThread;

    @Label("Java Thread Id")
    @Description("Its Thread.threadId(), 0 if no thread is known")
    public long javaThreadId;

    @Label("Frame")
    @Description("First application frame of the first operation; its SocketRead or SocketWrite event has the whole stack")
    public String frame;

    @Label("Attribution")
    @Description("exact, connection (the socket is known; of some or all bytes no operation is), or nothing")
    public String attribution;

    @Label("Process Id")
    @Description("The other process whose packet it is, as the JVM counts; 0 for the JVM, -1 where it cannot be told")
    public int processId;

    @Label("Lost Before")
    @Description("Packets of this capture lost since the packet before")
    public long lostBefore;
}
