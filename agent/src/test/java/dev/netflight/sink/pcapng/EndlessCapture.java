package dev.netflight.sink.pcapng;

import dev.netflight.model.Counters;
import dev.netflight.model.Direction;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A process that writes packets until it is killed or the file takes no more; says how many were flushed. */
final class EndlessCapture {
    private EndlessCapture() {}

    /** @param args file, payload of each packet in bytes, packets between two flushes */
    public static void main(String[] args) throws IOException {
        var process = new ProcessInfo(7, "java", "java", 0, 1, "sh", "sh", null, null, null, null);
        var lo = new NetworkInterface(0, 1, "lo", "loopback");
        var sink = PcapngSink.create(Path.of(args[0]),
                new PcapngSettings("Netflight 1", process, 0, null, List.of(lo)), CaptureAnchor.now());
        var packet = new Packet();
        packet.networkInterface = lo;
        packet.direction = Direction.OUTBOUND;
        Frames.put(packet, Frames.tcp("127.0.0.1", "127.0.0.1", 1, Integer.parseInt(args[1])), 0);
        int each = Integer.parseInt(args[2]);
        try {
            while (true) {
                packet.number++;
                packet.monoNanos = System.nanoTime();
                sink.packet(packet);
                if (packet.number % each == 0) {
                    sink.flush();
                    System.out.println(packet.number);
                    // What the reader of our output asks for before it kills us must come in pieces, not as fast as can be.
                    System.in.read();
                }
            }
        } catch (IOException e) {
            System.out.println("failed " + packet.number + ": " + e.getMessage());
            try {
                sink.flush();
                System.out.println("not refused");
            } catch (IOException again) {
                System.out.println("again: " + again.getMessage());
            }
            sink.close(new Counters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
            System.out.println("written " + sink.bytesWritten());
        }
    }
}
