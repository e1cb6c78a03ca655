/**
 * From a pcap-filter(7) expression to instructions for the kernel: libpcap compiles it to classic BPF, and
 * {@link dev.netflight.filter.Translator} translates that to eBPF, which {@link dev.netflight.filter.FilterSplice} puts into
 * the programs that see packets.
 *
 * <p>Used by the thread that starts a capture; everything here is immutable. May import: {@code dev.netflight.libbpf}, of
 * which it calls libpcap.
 */
package dev.netflight.filter;
