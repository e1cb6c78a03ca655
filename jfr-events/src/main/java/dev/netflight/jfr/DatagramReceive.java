package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A UDP datagram taken from a socket by a Java thread. */
@Name("netflight.DatagramReceive")
@Label("Datagram Receive")
@Category("Netflight")
@Description("A datagram was received; on the thread and with the stack that did it")
public final class DatagramReceive extends SocketOperation {
    @Label("Bytes Received")
    @Description("Bytes that the call got: fewer than the datagram had if its buffer was too small")
    @DataAmount
    public long bytes;
}
