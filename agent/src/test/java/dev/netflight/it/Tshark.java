package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Reads captures with Wireshark's own code. */
final class Tshark {
    /** Between the comments of a packet: they hold commas, tabs and line feeds. */
    private static final char BETWEEN = '\u0002';

    private Tshark() {}

    /** All TCP packets of a file, without their payload. */
    static List<CapturedPacket> packets(Path file) {
        var packets = new ArrayList<CapturedPacket>();
        packets(file, false, packets::add);
        return packets;
    }

    /** Hands on all TCP packets of a file, which may be large, with their payload. */
    static void packetsWithPayload(Path file, Consumer<CapturedPacket> reader) {
        packets(file, true, reader);
    }

    private static void packets(Path file, boolean payload, Consumer<CapturedPacket> reader) {
        Needs.tool("tshark");
        var command = new ArrayList<Object>(List.of("tshark", "-n", "-r", file, "-Y", "tcp", "-o",
                "tcp.desegment_tcp_streams:false", "-o", "tcp.try_heuristic_first:false", "-T", "fields", "-E",
                "occurrence=a", "-E", "aggregator=" + BETWEEN));
        for (String field : List.of("frame.packet_id", "frame.packet_flags_direction", "frame.time_epoch", "ip.src",
                "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.len",
                "frame.comment")) {
            command.add("-e");
            command.add(field);
        }
        if (payload) {
            command.add("-e");
            command.add("tcp.payload");
        }
        Run.lines(line -> reader.accept(packet(line.split("\t", -1))), command.toArray());
    }

    /** All UDP packets of a file, fragments as they are. */
    static List<CapturedDatagram> datagrams(Path file) {
        Needs.tool("tshark");
        var command = new ArrayList<Object>(List.of("tshark", "-n", "-r", file, "-Y", "ip.proto == 17 || ipv6.nxt == 17"
                + " || ipv6.fraghdr.nxt == 17", "-d", "udp.port==1-65535,data", "-o", "ip.defragment:false", "-o",
                "ipv6.defragment:false", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + BETWEEN));
        for (String field : List.of("frame.packet_id", "frame.packet_flags_direction", "ip.src", "ip.dst", "ipv6.src",
                "ipv6.dst", "udp.srcport", "udp.dstport", "data.data", "frame.comment")) {
            command.add("-e");
            command.add(field);
        }
        var datagrams = new ArrayList<CapturedDatagram>();
        Run.lines(line -> datagrams.add(datagram(line.split("\t", -1))), command.toArray());
        return datagrams;
    }

    private static CapturedDatagram datagram(String[] fields) {
        return new CapturedDatagram(Long.parseLong(fields[0]), isOutbound(fields[1]),
                fields[2].isEmpty() ? fields[4] : fields[2], fields[3].isEmpty() ? fields[5] : fields[3],
                fields[6].isEmpty() ? 0 : Integer.parseInt(fields[6]), fields[7].isEmpty() ? 0 : Integer.parseInt(fields[7]),
                HexFormat.of().parseHex(fields[8].replace(":", "")), comments(fields[9]));
    }

    private static boolean isOutbound(String field) {
        int direction = Integer.decode(field);
        assertThat(direction).as("direction").isIn(1, 2);
        return direction == 2;
    }

    private static List<String> comments(String field) {
        var comments = new ArrayList<String>();
        for (String comment : field.split(String.valueOf(BETWEEN))) {
            if (!comment.isEmpty()) {
                comments.add(unescaped(comment));
            }
        }
        return comments;
    }

    private static CapturedPacket packet(String[] fields) {
        return new CapturedPacket(Long.parseLong(fields[0]), isOutbound(fields[1]), Double.parseDouble(fields[2]),
                fields[3].isEmpty() ? fields[5] : fields[3], fields[4].isEmpty() ? fields[6] : fields[4],
                Integer.parseInt(fields[7]), Integer.parseInt(fields[8]), Integer.decode(fields[9]),
                Integer.parseUnsignedInt(fields[10]), Integer.parseInt(fields[11]),
                fields.length > 13 ? HexFormat.of().parseHex(fields[13].replace(":", "")) : null, comments(fields[12]));
    }

    /** tshark writes control characters of a value as in C. */
    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        var plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                plain.append(c);
                continue;
            }
            c = text.charAt(++i);
            plain.append(switch (c) {
                case 'n' -> '\n';
                case 't' -> '\t';
                case 'r' -> '\r';
                default -> c;
            });
        }
        return plain.toString();
    }

    /** All values of a field that a packet has, by the packets' numbers. */
    static Map<Long, String> values(Path file, String field) {
        Needs.tool("tshark");
        var values = new HashMap<Long, String>();
        Run.lines(line -> values.put(Long.valueOf(line.substring(0, line.indexOf('\t'))), line.substring(line.indexOf('\t'))),
                "tshark", "-n", "-r", file, "-Y", field, "-T", "fields", "-e", "frame.packet_id", "-e", field);
        return values;
    }

    /** How many packets a display filter selects. */
    static int count(Path file, String filter) {
        Needs.tool("tshark");
        var lines = new int[1];
        Run.lines(line -> lines[0]++, "tshark", "-n", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number");
        return lines[0];
    }
}
