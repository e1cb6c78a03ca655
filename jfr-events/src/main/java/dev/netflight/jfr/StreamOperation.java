package dev.netflight.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Registered;
import jdk.jfr.Timespan;

/** What operations on a TCP connection have in common beyond those on any socket. */
@Registered(false)
public abstract class StreamOperation extends SocketOperation {
    @Label("Smoothed RTT")
    @Description("The kernel's smoothed round-trip time of the connection at that moment, 0 if it has none yet")
    @Timespan(Timespan.MICROSECONDS)
    public long smoothedRtt;

    @Label("Congestion Window")
    @Description("Segments that the kernel would send without an acknowledgement at that moment")
    public int congestionWindow;
}
