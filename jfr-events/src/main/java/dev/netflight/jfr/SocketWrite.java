package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A write by a Java thread, gathering ones and transfers from a file included. */
@Name("netflight.SocketWrite")
@Label("Socket Write")
@Category("Netflight")
@Description("Bytes were written to a socket; on the thread and with the stack that did it")
public final class SocketWrite extends StreamOperation {
    @Label("Bytes Written")
    @Description("Bytes that the socket took, fewer than offered if its buffer was full")
    @DataAmount
    public long bytes;

    @Label("Kind")
    @Description("write, or sendfile if the bytes came from a file without passing through the JVM")
    public String kind;
}
