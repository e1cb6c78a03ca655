/**
 * The pcapng output: packets with the Java threads and stacks that caused them, in a file that tshark, Wireshark,
 * tcpdump and capinfos read.
 *
 * <p>{@link dev.netflight.sink.pcapng.PcapngSink} says what is written, {@link dev.netflight.sink.pcapng.PcapngWriter}
 * how blocks get to the file whole, the comment encoder how a thread and a stack become bytes once and not for each
 * packet. Everything runs on the capture thread. Names are those of the specification, draft-ietf-opsawg-pcapng. May
 * import: {@code dev.netflight.model}, {@code dev.netflight.sink}, {@code java.base}.
 */
package dev.netflight.sink.pcapng;
