package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A close or shutdown by a Java thread. */
@Name("netflight.SocketClose")
@Label("Socket Close")
@Category("Netflight")
@Description("A socket was closed or shut down; on the thread and with the stack that did it")
public final class SocketClose extends StreamOperation {
    @Label("Kind")
    @Description("close, or shutdown of one side")
    public String kind;
}
