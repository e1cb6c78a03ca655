package dev.netflight.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The packets of a file as bytes, in the order of the file. What is cut off at the end of a file that grows is left out. */
final class Frames {
    private static final int PCAP_HEADER = 24;
    private static final int PCAP_RECORD = 16;
    private static final int ENHANCED_PACKET = 6;
    private static final int ENHANCED_PACKET_DATA = 28;

    private Frames() {}

    /** Of tcpdump's format, little-endian. */
    static List<String> ofPcap(Path file) {
        List<String> frames = new ArrayList<>();
        ByteBuffer bytes = bytes(file);
        for (int at = PCAP_HEADER; at + PCAP_RECORD <= bytes.limit();) {
            int length = bytes.getInt(at + 8);
            if (at + PCAP_RECORD + length > bytes.limit()) {
                break;
            }
            frames.add(hex(bytes, at + PCAP_RECORD, length));
            at += PCAP_RECORD + length;
        }
        return frames;
    }

    static List<String> ofPcapng(Path file) {
        List<String> frames = new ArrayList<>();
        ByteBuffer bytes = bytes(file);
        for (int at = 0; at + 8 <= bytes.limit() && at + bytes.getInt(at + 4) <= bytes.limit(); at += bytes.getInt(at + 4)) {
            if (bytes.getInt(at) == ENHANCED_PACKET) {
                frames.add(hex(bytes, at + ENHANCED_PACKET_DATA, bytes.getInt(at + 20)));
            }
        }
        return frames;
    }

    /** Whether it is IPv4 or IPv6 with TCP, behind at most one VLAN tag. */
    static boolean isTcp(String frame) {
        int network = frame.startsWith("8100", 24) ? 36 : 28;
        return frame.startsWith("0800", network - 4) && frame.startsWith("06", network + 18)
                || frame.startsWith("86dd", network - 4) && frame.startsWith("06", network + 12);
    }

    /** Fragments of datagrams too. */
    static boolean isUdp(String frame) {
        return frame.startsWith("0800", 24) && frame.startsWith("11", 46) || frame.startsWith("86dd", 24)
                && (frame.startsWith("11", 40) || frame.startsWith("2c", 40) && frame.startsWith("11", 108));
    }

    private static String hex(ByteBuffer bytes, int at, int length) {
        byte[] frame = new byte[length];
        bytes.get(at, frame);
        return HexFormat.of().formatHex(frame);
    }

    private static ByteBuffer bytes(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
