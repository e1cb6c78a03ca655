/**
 * Reads capture files and streams: pcapng (draft-ietf-opsawg-pcapng) and pcap (draft-ietf-opsawg-pcap), in both byte orders,
 * compressed by gzip or not, as they come. Writes a selection of what was read as pcapng.
 *
 * <p>Whatever the bytes are, the answer is packets or one {@link dev.netflight.read.CaptureFormatException}; memory is bounded by one
 * block. Not thread-safe. May import the JDK only.
 */
package dev.netflight.read;
