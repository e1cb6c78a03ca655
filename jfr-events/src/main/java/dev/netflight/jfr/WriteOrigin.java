package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;

/**
 * One for each run of bytes of a write that another thread had handed to the writing one; off unless a recording asks for it.
 * Committed on the capture thread, in the order of the bytes, when the write has ended.
 */
@Name("netflight.WriteOrigin")
@Label("Write Origin")
@Category("Netflight")
@Description("Who handed bytes to the thread that wrote them: an event loop's, a pool's")
@Enabled(false)
@Registered(false)
@StackTrace(false)
public final class WriteOrigin extends Event {
    @Label("Operation")
    @Description("Number of the write; its own event has the writing thread's stack")
    @OperationId
    public long operationId;

    @Label("Connection")
    @Description("The kernel's cookie of the socket")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Offset")
    @Description("Bytes of the write before these")
    @DataAmount
    public long offset;

    @Label("Bytes")
    @Description("Bytes of the write that were handed over; the same bytes have several origins where a TLS record holds them")
    @DataAmount
    public long bytes;

    @Label("Origin Thread")
    @Description("Name of the thread that handed them over")
    public String originThread;

    @Label("Origin Thread Id")
    @Description("Its Thread.threadId()")
    public long originThreadId;

    @Label("Origin Frame")
    @Description("First application frame of it that is not of the library that the bytes were handed to")
    public String originFrame;

    @Label("Origin Stack")
    @Description("Its stack at that moment, the leaf first, a frame on each line; nothing if none was taken")
    public String originStack;

    @Label("Remote Address")
    @Description("The peer's IP address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Java Thread")
    @Description("Name of the thread that wrote them")
    public String javaThread;

    @Label("Java Thread Id")
    @Description("Its Thread.threadId()")
    public long javaThreadId;
}
