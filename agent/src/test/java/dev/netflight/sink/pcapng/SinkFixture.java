package dev.netflight.sink.pcapng;

import dev.netflight.model.Attribution;
import dev.netflight.model.Counters;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Made-up packets of a made-up process, each put into the same object, and sinks for them. */
final class SinkFixture {
    static final ProcessInfo PROCESS = new ProcessInfo(
            4242, "/usr/lib/jvm/jdk-25/bin/java", "java -jar shop.jar", 1000, 17, "/bin/sh", "sh run.sh",
            "8e1f", "shop-0", "default", "c0ffee");
    static final NetworkInterface LO = new NetworkInterface(0xf0000098, 1, "lo", "loopback, ifindex 1");
    static final NetworkInterface ETH0 = new NetworkInterface(0xf0000098, 2, "eth0", "Ethernet, ifindex 2");
    static final NetworkInterface TUN0 = new NetworkInterface(0xf0000098, 3, "tun0", "made-up Ethernet header");
    static final CaptureAnchor ANCHOR = new CaptureAnchor(1_700_000_000_123_456_789L, 5_000_000_000L);
    static final Counters NONE = counters(0);

    static final JavaThread PLATFORM =
            new JavaThread("http-worker-3", 41, false, null, 4260, "http-worker-3");
    static final JavaThread VIRTUAL =
            new JavaThread("", 77, true, "ForkJoinPool-1-worker-2", 4301, "ForkJoinPool-1-");
    static final JavaStack STACK = new JavaStack(
            List.of("java.base/java.net.Socket$SocketOutputStream.write(Socket.java:1187)",
                    "com.acme.OrderClient.post(OrderClient.java:88)", "com.acme.Checkout.run(Checkout.java:31)"),
            1, false);

    final Packet packet = new Packet();

    /** The next packet, without operations. */
    Packet next(NetworkInterface device, Direction direction, byte[] frame, int snaplen) {
        packet.clearOperations();
        packet.number++;
        packet.monoNanos = ANCHOR.monoNanos() + packet.number * 1_000;
        packet.networkInterface = device;
        packet.direction = direction;
        packet.lostBefore = 0;
        packet.connection = null;
        packet.attribution = Attribution.NONE;
        return Frames.put(packet, frame, snaplen);
    }

    static Operation operation(long id, JavaThread thread, JavaStack stack) {
        return new Operation(id, OperationKind.WRITE, thread, stack, 9, 1380, List.of());
    }

    /** A sink whose settings are those of the process above. */
    static PcapngSink create(Path file, int snaplen, String filter) throws IOException {
        return PcapngSink.create(
                file, new PcapngSettings("Netflight 1.2.3", PROCESS, snaplen, filter, List.of(LO)), ANCHOR);
    }

    /** The same, to be closed with the counters of a capture that lost nothing. */
    Closing open(Path file, int snaplen, String filter) throws IOException {
        return new Closing(create(file, snaplen, filter));
    }

    private static Counters counters(long emitted) {
        return new Counters(emitted, emitted, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A sink for the packet, which is closed with the counters of a capture that lost nothing. */
    final class Closing implements AutoCloseable {
        private final PcapngSink sink;

        Closing(PcapngSink sink) {
            this.sink = sink;
        }

        void packet() throws IOException {
            sink.packet(packet);
        }

        @Override
        public void close() throws IOException {
            sink.close(counters(packet.number));
        }
    }
}
