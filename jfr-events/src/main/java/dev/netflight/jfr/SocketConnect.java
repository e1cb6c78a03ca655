package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A connect by a Java thread. */
@Name("netflight.SocketConnect")
@Label("Socket Connect")
@Category("Netflight")
@Description("A connection was asked for; on the thread and with the stack that did it")
public final class SocketConnect extends StreamOperation {
    @Label("Established")
    @Description("Whether the connection stood when the call returned; a non-blocking connect is completed later")
    public boolean established;
}
