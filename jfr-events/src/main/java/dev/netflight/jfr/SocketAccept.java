package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** An accept by a Java thread; connection and addresses are those of the new socket. */
@Name("netflight.SocketAccept")
@Label("Socket Accept")
@Category("Netflight")
@Description("A connection of a peer was accepted; on the thread and with the stack that did it")
public final class SocketAccept extends StreamOperation {
}
