/**
 * Capture files in tcpdump's older format, pcap: packets and times, and nothing of threads and stacks.
 *
 * <p>Capture thread only. May import: {@code dev.netflight.model}, {@code dev.netflight.sink}.
 */
package dev.netflight.sink.pcap;
