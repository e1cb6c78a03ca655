package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Unsigned;

/**
 * What troubles on the way of a connection's packets have in common. Committed on the capture thread, as soon as it is known
 * which operation is concerned: {@link #age} says how much later that is.
 */
@Category("Netflight")
@Registered(false)
@StackTrace(false)
public abstract class NetworkTrouble extends Event {
    @Label("Connection")
    @Description("The kernel's cookie of the socket, 0 while only a handshake is known")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Operation")
    @Description("The first operation whose bytes are concerned, or the call that is; 0 if none is known")
    @OperationId
    public long operationId;

    @Label("Operations")
    @Description("How many operations have bytes that are concerned")
    public int operations;

    @Label("Age")
    @Description("Time from what happened to this event: event time minus age is when it did")
    @Timespan(Timespan.NANOSECONDS)
    public long age;

    @Label("Remote Address")
    @Description("The peer's IP address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Local Port")
    public int localPort;

    @Label("Java Thread")
    @Description("Name of the thread of the first operation, or of the socket's last one where only that is known")
    public String javaThread;

    @Label("Java Thread Id")
    @Description("Its Thread.threadId(), 0 if no thread is known")
    public long javaThreadId;

    @Label("Frame")
    @Description("First application frame of the first operation; the event of that operation has the whole stack")
    public String frame;

    @Label("Attribution")
    @Description("exact, or connection (the socket is known; of some or all bytes no operation is)")
    public String attribution;

    @Label("Process Id")
    @Description("The other process whose socket it is, as the JVM counts; 0 for the JVM, -1 where it cannot be told")
    public int processId;
}
