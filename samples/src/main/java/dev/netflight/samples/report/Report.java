package dev.netflight.samples.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Shows a capture on a terminal: packets with their frames, frames by bytes on the wire, connections.
 *
 * <pre>java -cp … dev.netflight.samples.report.Report FILE.pcapng FILE.jfr [--colour]</pre>
 */
public final class Report {
    private static final int MOST_PACKETS = 24;
    private static final int MOST_FRAMES = 16;
    private static final int MOST_CONNECTIONS = 16;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final PrintStream out;
    private final boolean colour;

    private Report(PrintStream out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    public static void main(String[] args) throws IOException {
        List<String> files = new ArrayList<>(List.of(args));
        boolean colour = files.remove("--colour");
        if (files.size() != 2) {
            System.err.println("usage: Report FILE.pcapng FILE.jfr [--colour]");
            System.exit(2);
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new Report(out, colour).show(Path.of(files.get(0)), Path.of(files.get(1)));
    }

    private void show(Path capture, Path recording) throws IOException {
        List<CapturedPacket> packets = new ArrayList<>();
        PcapngFile.read(capture, packets::add);
        packets(packets);
        frames(packets);
        connections(recording);
    }

    /** One packet of each kind of call from each place in the code: the first of them. */
    private void packets(List<CapturedPacket> packets) {
        title("Packets and the Java code that caused them (the first from each place; " + packets.size() + " in all)");
        Set<String> seen = new HashSet<>();
        CapturedPacket deepest = null;
        for (CapturedPacket packet : packets) {
            var segment = packet.segment();
            if (segment.isEmpty() || packet.operations().isEmpty()) {
                continue;
            }
            OperationComment operation = packet.operations().getFirst();
            String place = operation.operation() + " " + operation.nearestFrame() + " " + operation.outermostFrame()
                    + " " + packet.inbound();
            if (!seen.add(place) || seen.size() > MOST_PACKETS) {
                continue;
            }
            out.printf("%s  %-3s %21s > %-21s %-11s %6d  [%s] %s  %s%n", TIME.format(packet.time()),
                    packet.inbound() ? "in" : "out", segment.get().source(), segment.get().destination(),
                    segment.get().flagNames(), segment.get().length(), operation.thread(), operation.operation(),
                    bold(chain(operation)));
            if (packet.inbound() || segment.get().length() == 0 || operation.outermostFrame().isEmpty()) {
                continue;
            }
            if (deepest == null || deepest.operations().getFirst().stack().size() < operation.stack().size()) {
                deepest = packet;
            }
        }
        if (deepest != null) {
            OperationComment operation = deepest.operations().getFirst();
            out.println();
            out.println("The whole stack of packet " + deepest.number() + ", a " + operation.operation() + " by "
                    + operation.thread() + ":");
            operation.stack().forEach(frame -> out.println("    " + frame));
        }
    }

    private void frames(List<CapturedPacket> packets) {
        title("Application frames by bytes on the wire");
        Map<String, Traffic> byFrame = new HashMap<>();
        for (CapturedPacket packet : packets) {
            List<OperationComment> operations = packet.operations();
            if (operations.isEmpty()) {
                byFrame.computeIfAbsent("(no operation)", Traffic::new).add(packet.inbound(), packet.originalLength());
                continue;
            }
            // Headers and what no operation claims go to the first.
            int rest = packet.originalLength() - operations.stream().mapToInt(OperationComment::bytes).sum();
            for (OperationComment operation : operations) {
                byFrame.computeIfAbsent(chain(operation), Traffic::new).add(packet.inbound(), operation.bytes() + rest);
                rest = 0;
            }
        }
        List<Traffic> traffic = byFrame.values().stream()
                .sorted(Comparator.comparingLong((Traffic t) -> t.sent + t.received).reversed()).toList();
        out.printf("%12s %12s %9s  %s%n", "bytes out", "bytes in", "packets", "frame ← on behalf of");
        traffic.stream().limit(MOST_FRAMES).forEach(
                t -> out.printf("%,12d %,12d %,9d  %s%n", t.sent, t.received, t.packets, bold(t.frame)));
        more(traffic.size() - MOST_FRAMES);
    }

    private void connections(Path recording) throws IOException {
        title("Connections, from the recording's netflight.Connection events");
        List<RecordedEvent> connections = new ArrayList<>();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                if (event.getEventType().getName().equals("netflight.Connection")) {
                    connections.add(event);
                }
            }
        }
        if (connections.isEmpty()) {
            out.println("none");
            return;
        }
        connections.sort(Comparator.comparingLong(Report::bytes).reversed());
        out.printf("%-21s   %-21s %10s %10s %10s %10s %8s  %s%n", "local", "remote", "bytes out", "bytes in",
                "least RTT", "RTT", "resent", "end");
        for (RecordedEvent c : connections.subList(0, Math.min(connections.size(), MOST_CONNECTIONS))) {
            String end = c.getString("closeReason");
            out.printf("%-21s %s %-21s %,10d %,10d %10s %10s %8d  %s%n",
                    address(c, "local"),
                    c.getBoolean("accepted") ? "<" : ">",
                    address(c, "remote"),
                    c.getLong("bytesSent"), c.getLong("bytesReceived"),
                    shown(c.getDuration("leastRtt")), shown(c.getDuration("smoothedRtt")),
                    c.getInt("retransmissions"), end == null ? "open" : end);
        }
        more(connections.size() - MOST_CONNECTIONS);
    }

    private static long bytes(RecordedEvent connection) {
        return connection.getLong("bytesSent") + connection.getLong("bytesReceived");
    }

    private static String address(RecordedEvent connection, String side) {
        String host = connection.getString(side + "Address");
        return (host == null ? "?" : host) + ":" + connection.getInt(side + "Port");
    }

    private static String chain(OperationComment operation) {
        String nearest = operation.nearestFrame();
        String outermost = operation.outermostFrame();
        return outermost.isEmpty() || outermost.equals(nearest) ? nearest : nearest + " ← " + outermost;
    }

    private static String shown(Duration rtt) {
        return rtt.isZero() ? "-" : "%.3f ms".formatted(rtt.toNanos() / 1e6);
    }

    private void title(String text) {
        out.println();
        out.println(bold(text));
    }

    private void more(int count) {
        if (count > 0) {
            out.println("… and " + count + " more");
        }
    }

    private String bold(String text) {
        return colour ? "\u001b[1m" + text + "\u001b[0m" : text;
    }

    private static final class Traffic {
        private final String frame;
        private long sent;
        private long received;
        private long packets;

        private Traffic(String frame) {
            this.frame = frame;
        }

        private void add(boolean inbound, int bytes) {
            packets++;
            if (inbound) {
                received += bytes;
            } else {
                sent += bytes;
            }
        }
    }
}
