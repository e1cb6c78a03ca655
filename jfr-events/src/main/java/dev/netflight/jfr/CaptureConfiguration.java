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
import jdk.jfr.Timestamp;

/** How the running capture was asked for; once in each chunk, so that every recording has it. */
@Name("netflight.CaptureConfiguration")
@Label("Capture Configuration")
@Category("Netflight")
@Description("How the running capture was asked for and what it uses")
@Period("beginChunk")
@Registered(false)
@StackTrace(false)
public final class CaptureConfiguration extends Event {
    @Label("Version")
    @Description("Netflight's")
    public String version;

    @Label("Kernel")
    @Description("Name and release of the operating system")
    public String kernel;

    @Label("Options")
    @Description("As they were given to the agent")
    public String options;

    @Label("Started At")
    @Timestamp(Timestamp.MILLISECONDS_SINCE_EPOCH)
    public long startedAt;

    @Label("File")
    @Description("The capture file, nothing if there is none")
    public String file;

    @Label("Filter")
    @Description("The pcap-filter(7) expression, nothing if there is none")
    public String filter;

    @Label("Snaplen")
    @Description("Bytes kept of each packet, 0 for all")
    @DataAmount
    public int snaplen;

    @Label("Interfaces")
    public String interfaces;

    @Label("Direction")
    @Description("in, out or inout")
    public String direction;

    @Label("Scope")
    @Description("process, children or cgroup")
    public String scope;

    @Label("Stacks")
    @Description("all, off, or a rate for each connection")
    public String stacks;

    @Label("Stack Depth")
    @Description("Frames kept of each stack")
    public int stackDepth;

    @Label("Hooks")
    @Description("The kernel's tracepoints and the JDK's methods in use")
    public String hooks;
}
