package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;

/** One for each time that the kernel sent something again, one segment or several in a row. */
@Name("netflight.Retransmission")
@Label("Retransmission")
@Category("Netflight")
@Description("The kernel sent bytes of a connection again: a packet, or the acknowledgement of it, was lost or late")
@Registered(false)
@StackTrace(false)
public final class Retransmission extends NetworkTrouble {
    @Label("Bytes")
    @Description("Payload that was sent again; 0 for a SYN or FIN")
    @DataAmount
    public int bytes;

    @Label("Segments")
    @Description("As the kernel counts them in TcpRetransSegs")
    public int segments;

    @Label("TCP Flags")
    @Description("As tcpdump prints them: S SYN, F FIN, R RST, P PSH, . ACK, U URG, E ECE, W CWR")
    public String tcpFlags;

    @Label("TCP Sequence Number")
    @Unsigned
    public int tcpSequence;
}
