package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;

/** One for each reset that this host sends or a socket gets. */
@Name("netflight.Reset")
@Label("Reset")
@Category("Netflight")
@Description("A connection was torn down with a TCP reset, or a packet of one that is gone was answered with it")
@Registered(false)
@StackTrace(false)
public final class Reset extends NetworkTrouble {
    @Label("Sender")
    @Description("local or peer")
    public String sender;

    @Label("Reason")
    @Description("The kernel's word for why it sent it (Linux 6.10); nothing for one of the peer's")
    public String reason;

    @Label("State")
    @Description("The connection's at that moment, in the words of ss; nothing if there was none any more")
    public String state;
}
