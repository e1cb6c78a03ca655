package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One for each read that got bytes; off unless a recording asks for it. */
@Name("netflight.ReadLatency")
@Label("Read Latency")
@Category("Netflight")
@Description("How long the bytes of a read had been on this host before the application had them")
@Enabled(false)
@Registered(false)
@StackTrace(false)
public final class ReadLatency extends CallLatency {
    @Label("Since First Byte")
    @Description("From the arrival of its first byte at the device until the end of the call")
    @Timespan(Timespan.NANOSECONDS)
    public long sinceFirst;

    @Label("Since Last Byte")
    @Description("From the arrival of its last byte at the device until the end of the call")
    @Timespan(Timespan.NANOSECONDS)
    public long sinceLast;
}
