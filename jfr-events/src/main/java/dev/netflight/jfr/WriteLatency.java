package dev.netflight.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One for each write, when it has been acknowledged; off unless a recording asks for it. */
@Name("netflight.WriteLatency")
@Label("Write Latency")
@Category("Netflight")
@Description("Where the time of a write went: queued, on the wire, acknowledged; each counted from the begin of the call")
@Enabled(false)
@Registered(false)
@StackTrace(false)
public final class WriteLatency extends CallLatency {
    @Label("First Byte On Wire")
    @Description("From the begin of the call until its first byte passed the device")
    @Timespan(Timespan.NANOSECONDS)
    public long firstOnWire;

    @Label("Last Byte On Wire")
    @Description("From the begin of the call until its last byte passed the device")
    @Timespan(Timespan.NANOSECONDS)
    public long lastOnWire;

    @Label("Acknowledged")
    @Description("From the begin of the call until the peer's kernel said that it has all of it")
    @Timespan(Timespan.NANOSECONDS)
    public long acknowledged;
}
