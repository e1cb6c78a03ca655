package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Timestamp;
import jdk.jfr.Unsigned;

/** What is known of a connection: at its end, or so far. Committed on the capture thread. */
@Category("Netflight")
@Registered(false)
@StackTrace(false)
public abstract class ConnectionTotals extends Event {
    @Label("Connection")
    @Description("The kernel's cookie of the socket")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Opened By")
    @Description("The connect or accept that opened it, 0 if the capture did not see it")
    @OperationId
    public long operationId;

    @Label("Process Id")
    @Description("The other process that uses it, as the JVM counts; 0 for the JVM, -1 where it cannot be told")
    public int processId;

    @Label("Protocol")
    @Description("TCP or UDP")
    public String protocol;

    @Label("Local Address")
    public String localAddress;

    @Label("Local Port")
    public int localPort;

    @Label("Remote Address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Accepted")
    @Description("Whether the peer opened it")
    public boolean accepted;

    @Label("Inherited")
    @Description("Whether it was open before the capture began: its totals count from there")
    public boolean inherited;

    @Label("Opened At")
    @Description("When it was opened, or first seen by the capture")
    @Timestamp(Timestamp.MILLISECONDS_SINCE_EPOCH)
    public long openedAt;

    @Label("Lifetime")
    @Description("From the opening, or where the capture first saw it, to its end or that of the capture")
    @Timespan(Timespan.NANOSECONDS)
    public long lifetime;

    @Label("Close Reason")
    @Description("closed, peer closed, reset, reset by peer, refused or timed out; nothing while it is open")
    public String closeReason;

    @Label("Opener Thread")
    @Description("Java thread that opened it")
    public String openerThread;

    @Label("Opener Frame")
    @Description("First application frame of the operation that opened it")
    public String openerFrame;

    @Label("Last Owner")
    @Description("Java thread of the newest operation on it")
    public String lastOwner;

    @Label("Packets Sent")
    public long packetsSent;

    @Label("Packets Received")
    public long packetsReceived;

    @Label("Bytes Sent")
    @Description("Payload, retransmissions included")
    @DataAmount
    public long bytesSent;

    @Label("Bytes Received")
    @Description("Payload, retransmissions included")
    @DataAmount
    public long bytesReceived;

    @Label("Wire Bytes Sent")
    @Description("With all headers")
    @DataAmount
    public long wireBytesSent;

    @Label("Wire Bytes Received")
    @Description("With all headers")
    @DataAmount
    public long wireBytesReceived;

    @Label("Retransmissions")
    @Description("Segments that the kernel sent again")
    public int retransmissions;

    @Label("Zero Windows Sent")
    @Description("How often we have told the peer to stop, since the application did not read what had come")
    public int zeroWindowsSent;

    @Label("Zero Windows Received")
    @Description("How often the peer has told us to stop, since it did not read what it had")
    public int zeroWindowsReceived;

    @Label("Smoothed RTT")
    @Description("The kernel's last smoothed round-trip time, 0 if it had none")
    @Timespan(Timespan.MICROSECONDS)
    public long smoothedRtt;

    @Label("Least RTT")
    @Description("The least round-trip time that the kernel measured, 0 if it had none")
    @Timespan(Timespan.MICROSECONDS)
    public long leastRtt;

    @Label("Congestion Window")
    @Description("Segments that the kernel would last have sent without an acknowledgement")
    public int congestionWindow;
}
