package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A UDP datagram sent by a Java thread. */
@Name("netflight.DatagramSend")
@Label("Datagram Send")
@Category("Netflight")
@Description("A datagram was sent; on the thread and with the stack that did it")
public final class DatagramSend extends SocketOperation {
    @Label("Bytes Sent")
    @Description("Bytes of the datagram")
    @DataAmount
    public long bytes;
}
