package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Unsigned;

/**
 * What the times of a write and of a read have in common. Committed on the capture thread, after the fact. A moment that no
 * captured packet tells of is {@link #UNKNOWN}, which readers of recordings show as not available.
 */
@Category("Netflight")
@Registered(false)
@StackTrace(false)
public abstract class CallLatency extends Event {
    /** What JFR takes for a time span that there is not. */
    public static final long UNKNOWN = Long.MIN_VALUE;

    @Label("Operation")
    @Description("Number of the operation; its own event has thread and stack")
    @OperationId
    public long operationId;

    @Label("Connection")
    @Description("The kernel's cookie of the socket")
    @ConnectionId
    @Unsigned
    public long connectionId;

    @Label("Bytes")
    @Description("That the call moved")
    @DataAmount
    public long bytes;

    @Label("In Call")
    @Description("The system call's duration")
    @Timespan(Timespan.NANOSECONDS)
    public long inCall;

    @Label("Repeated")
    @Description("Whether some of the bytes passed the device more than once; the first time counts")
    public boolean repeated;

    @Label("Remote Address")
    @Description("The peer's IP address")
    public String remoteAddress;

    @Label("Remote Port")
    public int remotePort;

    @Label("Java Thread")
    @Description("Name of the thread that made the call")
    public String javaThread;

    @Label("Java Thread Id")
    @Description("Its Thread.threadId()")
    public long javaThreadId;

    @Label("Frame")
    @Description("First application frame of the call; the event of that operation has the whole stack")
    public String frame;
}
