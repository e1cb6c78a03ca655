package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;

/** What the capture has counted since it began; the last one, when it ends, is final. */
@Name("netflight.CaptureStatistics")
@Label("Capture Statistics")
@Category("Netflight")
@Description("What the running capture has counted since it began: matched = emitted + lost + dropped at its end")
@Period("1 s")
@Registered(false)
@StackTrace(false)
public final class CaptureStatistics extends Event {
    @Label("Matched")
    @Description("Packets that a kernel program found to be of this capture")
    public long matched;

    @Label("Emitted")
    @Description("Packets given to the capture's outputs")
    public long emitted;

    @Label("Lost")
    @Description("Packets that found the ring buffer full, counted in the kernel")
    public long lost;

    @Label("Dropped")
    @Description("Packets that Netflight itself left out, for a reason that its log names")
    public long dropped;

    @Label("Unattributed")
    @Description("Packets emitted without a known operation where one was looked for")
    public long unattributed;

    @Label("Records Lost")
    @Description("Records other than packets that found the ring buffer full")
    public long recordsLost;

    @Label("Recursion Misses")
    @Description("Runs of a kernel program that the kernel skipped because one was running on that processor")
    public long recursionMisses;

    @Label("Operations")
    @Description("Operations seen on captured sockets")
    public long operations;

    @Label("Operations Dropped")
    @Description("Operations whose queue was full or whose thread had no slot")
    public long operationsDropped;

    @Label("Connections Evicted")
    @Description("Connections forgotten because their table was full")
    public long connectionsEvicted;

    @Label("Ranges Evicted")
    @Description("Byte ranges forgotten because a connection had too many of them")
    public long rangesEvicted;

    @Label("Bytes Written")
    @Description("To the capture file")
    @DataAmount
    public long bytesWritten;
}
