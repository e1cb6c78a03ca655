package dev.netflight.sink.jfr;

/**
 * What the {@code CaptureConfiguration} JFR event says. Strings are {@code null} where there is nothing to say.
 *
 * @param version    Netflight's
 * @param options    as they were given to the agent
 * @param file       the capture file
 * @param filter     pcap-filter(7) expression
 * @param snaplen    bytes kept of each packet, 0 for all
 * @param interfaces names joined by {@code +}, or {@code any}
 * @param direction  {@code in}, {@code out} or {@code inout}
 * @param scope      {@code process}, {@code children} or {@code cgroup}
 * @param stacks     {@code all}, {@code off} or a rate
 * @param stackDepth frames kept of each stack
 * @param hooks      tracepoints and methods in use, in words
 * @param seesPackets whether packets are seen, without which nothing is known of what a connection has carried
 */
public record JfrSettings(
        String version, String options, String file, String filter, int snaplen, String interfaces, String direction,
        String scope, String stacks, int stackDepth, String hooks, boolean seesPackets) {}
