package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;
import jdk.jfr.events.StackFilter;

/**
 * What all operations on a socket have in common. Duration is the time in the system call, thread and stack are those of
 * the Java code that made it: the frames between it and the event are named in the filter and left out by the JVM.
 */
@Category("Netflight")
@Registered(false)
@StackTrace(true)
@StackFilter({
    "java.lang.NetflightHook1",
    "sun.nio.ch.NetflightNet1",
    "dev.netflight.hook.SocketHook",
    "dev.netflight.sink.jfr.JfrOperations"
})
public abstract class SocketOperation extends Event {
    @Label("Operation")
    @Description("Number of this operation, unique within a capture; packets name the operations whose bytes they carry")
    @OperationId
    public long operationId;

    @Label("Connection")
    @Description("The kernel's cookie of the socket")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Remote Address")
    @Description("The peer's IP address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Local Port")
    public int localPort;
}
