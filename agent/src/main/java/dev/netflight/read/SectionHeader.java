package dev.netflight.read;

/**
 * The begin of a section, in which interfaces are numbered anew.
 *
 * @param raw the whole block as it was read; {@code null} from a pcap file
 */
public record SectionHeader(byte[] raw) implements Block {
}
