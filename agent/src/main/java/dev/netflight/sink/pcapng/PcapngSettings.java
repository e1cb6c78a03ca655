package dev.netflight.sink.pcapng;

import dev.netflight.model.NetworkInterface;
import dev.netflight.model.ProcessInfo;
import java.util.List;

/**
 * What a capture file says about its capture.
 *
 * @param application name and version of the writer, such as {@code Netflight 1.0}
 * @param process     the process whose packets they are
 * @param snaplen     bytes kept of each packet, 0 for all
 * @param filter      the capture's pcap-filter(7) expression, or {@code null}
 * @param interfaces  described from the start, as tcpdump refuses a file without an interface; others follow when their
 *                    first packet comes. May be empty
 */
public record PcapngSettings(
        String application, ProcessInfo process, int snaplen, String filter, List<NetworkInterface> interfaces) {}
