package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A read by a Java thread, scattering ones included. */
@Name("netflight.SocketRead")
@Label("Socket Read")
@Category("Netflight")
@Description("Bytes were read from a socket; on the thread and with the stack that did it")
public final class SocketRead extends StreamOperation {
    @Label("Bytes Read")
    @Description("Bytes that the call took from the socket")
    @DataAmount
    public long bytes;

    @Label("End of Stream")
    @Description("Whether the read found no more bytes to come: the peer had closed its side, or the connection had failed")
    public boolean endOfStream;
}
