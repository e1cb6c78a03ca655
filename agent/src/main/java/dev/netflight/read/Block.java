package dev.netflight.read;

/** A block of a pcapng file. Those of a pcap file are made up so that both kinds read alike. */
public sealed interface Block permits SectionHeader, CaptureInterface, CapturedPacket, OtherBlock {
}
