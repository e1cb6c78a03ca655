package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.events.StackFilter;

/** A question of a Java thread for the addresses of a host, as the JDK put it to the system's resolver. */
@Name("netflight.DnsLookup")
@Label("DNS Lookup")
@Category("Netflight")
@Description("The system was asked for the addresses of a host; on the thread and with the stack that did it")
@Registered(false)
@StackTrace(true)
@StackFilter({
    "java.lang.NetflightHook1",
    "dev.netflight.hook.SocketHook",
    "dev.netflight.sink.jfr.JfrOperations"
})
public final class DnsLookup extends Event {
    @Label("Operation")
    @Description("Number of this operation, unique within a capture; packets of the resolver name the operation that they belong to")
    @OperationId
    public long operationId;

    @Label("Host")
    @Description("The name that was asked for")
    public String host;

    @Label("Addresses")
    @Description("The answer, in its order; nothing if there was none")
    public String addresses;

    @Label("Failure")
    @Description("Why there was no answer")
    public String failure;
}
