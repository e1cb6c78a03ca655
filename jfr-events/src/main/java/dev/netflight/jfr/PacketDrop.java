package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;

/** One for each packet of a followed socket that this host's kernel throws away, inbound or outbound. */
@Name("netflight.PacketDrop")
@Label("Packet Drop")
@Category("Netflight")
@Description("The kernel of this host threw a packet away: a buffer or queue was full, a filter rejected it, it came twice")
@Registered(false)
@StackTrace(false)
public final class PacketDrop extends NetworkTrouble {
    @Label("Direction")
    @Description("outbound or inbound, seen from this host")
    public String direction;

    @Label("Reason")
    @Description("The kernel's word for why (Linux 5.17), such as SOCKET_RCVBUFF")
    public String reason;

    @Label("Location")
    @Description("Where in the kernel's code: function and offset")
    public String location;

    @Label("Protocol")
    @Description("TCP or UDP")
    public String protocol;

    @Label("Payload")
    @Description("Bytes above the transport header")
    @DataAmount
    public int payload;

    @Label("TCP Flags")
    @Description("As tcpdump prints them: S SYN, F FIN, R RST, P PSH, . ACK, U URG, E ECE, W CWR")
    public String tcpFlags;

    @Label("TCP Sequence Number")
    @Unsigned
    public int tcpSequence;
}
