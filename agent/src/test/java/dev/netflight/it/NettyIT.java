package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.NettyEcho;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers on Netty, which makes its system calls itself. */
final class NettyIT {
    private static final int CONNECTIONS = 64;
    private static final int MESSAGES = 20;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
        Needs.tool("tshark");
    }

    @ParameterizedTest(name = "on {0}")
    @ValueSource(strings = {"epoll", "nio", "shaded"})
    void each_data_packet_has_its_handlers_frame_and_its_event_loop(String transport)
            throws Exception {
        try (App server = server(transport).jvm("-XX:+EnableDynamicAgentLoading").agent("start,file=" + file()).start()) {
            server.startAnswer().assertOk();
            int port = Integer.parseInt(server.await("port "));
            talk(port);
            String status = server.command("status").assertOk().toString();
            if (!transport.equals("nio")) {
                assertThat(status).containsPattern("\\+ netty-native .* woven into 3 classes\\n");
            }
            server.command("stop").assertOk().books().assertClosed();
            judge(port, transport);
            judgeHandshakes(port);
            assertThat(server.out() + server.err()).doesNotContain("etflight").doesNotContain("Exception");
        }
    }

    @Test
    void classes_that_are_loaded_already_are_woven_and_restored_and_woven_again() throws Exception {
        try (App server = server("epoll").jvm("-XX:+EnableDynamicAgentLoading").start()) {
            int port = Integer.parseInt(server.await("port "));
            talk(port);
            for (int round = 0; round < 2; round++) {
                server.command("start,file=" + file()).assertOk();
                talk(port);
                server.command("stop").assertOk().books().assertClosed();
                judge(port, "epoll");
                judgeHandshakes(port);
                talk(port);
            }
            assertThat(server.out() + server.err()).doesNotContain("etflight").doesNotContain("Exception");
        }
    }

    private App.Launch server(String transport) {
        App.Launch server = transport.equals("shaded")
                // the copy that gRPC carries
                ? App.of(folder, NettyEcho.class, "epoll").with("grpc-netty-shaded", "grpc-", "guava", "perfmark").from(App.jar(),
                        Relocated.copy(NettyEcho.class, "io/netty/", "io/grpc/netty/shaded/", folder.resolve("shaded")))
                : App.of(folder, NettyEcho.class, transport).with("netty-");
        return server.jvm("--enable-native-access=ALL-UNNAMED");
    }

    private Path file() {
        return folder.resolve("netty.pcapng");
    }

    private void judge(int port, String transport) {
        int sent = 0;
        int received = 0;
        List<String> unknown = new ArrayList<>();
        for (CapturedPacket packet : Tshark.packets(file())) {
            if (!packet.isOf(port) || packet.payloadLength() == 0) {
                continue;
            }
            List<CapturedOperation> operations = packet.operations();
            if (operations.isEmpty()) {
                unknown.add(packet.toString());
            }
            for (CapturedOperation operation : operations) {
                if (packet.outbound()) {
                    assertThat(operation.kind()).isEqualTo("write");
                    assertThat(operation.stack()).as("of %s", packet).anyMatch(frame -> frame.contains("NettyEcho$Echo.channelRead("));
                } else {
                    assertThat(operation.kind()).isEqualTo("read");
                    assertThat(operation.stack().getFirst()).as("of %s", packet).endsWith("NettyEcho$Echo.channelRead(Unknown Source)");
                    assertThat(operation.stack()).as("of %s", packet).anyMatch(frame -> frame.contains("io.netty.channel."));
                }
                assertThat(operation.thread()).containsIgnoringCase("EventLoopGroup");
                if (!transport.equals("nio")) {
                    assertThat(operation.stack().get(packet.outbound() ? 0 : 1)).contains("io.netty.channel.unix.");
                }
            }
            if (packet.outbound()) {
                sent++;
            } else {
                received++;
            }
        }
        System.out.println("netty " + transport + ": sent " + sent + ", received " + received + ", unknown " + unknown.size());
        assertThat(sent).isGreaterThanOrEqualTo(CONNECTIONS * MESSAGES / 2);
        assertThat(received).isGreaterThanOrEqualTo(CONNECTIONS * MESSAGES / 2);
        assertThat(unknown).as("data packets without an operation").isEmpty();
    }

    private void judgeHandshakes(int port) {
        List<CapturedPacket> handshakes = Tshark.packets(file()).stream()
                .filter(packet -> packet.isOf(port) && packet.outbound() && packet.has(CapturedPacket.SYN)).toList();
        assertThat(handshakes).hasSize(1 + CONNECTIONS);
        assertThat(handshakes).extracting(CapturedPacket::causes).allMatch(causes -> causes.startsWith("[accept "));
    }

    /**
     * All connections at once, each with one message after the other; but first one alone, which has the classes loaded: what is
     * not read for long has no read.
     */
    private static void talk(int port) throws Exception {
        talk(port, new Random(CONNECTIONS));
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
            List<Callable<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                int seed = i;
                clients.add(() -> talk(port, new Random(seed)));
            }
            for (var client : threads.invokeAll(clients)) {
                client.get();
            }
        }
    }

    private static Void talk(int port, Random random) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            socket.setTcpNoDelay(true);
            for (int i = 0; i < MESSAGES; i++) {
                byte[] message = new byte[1 + random.nextInt(4_000)];
                random.nextBytes(message);
                socket.getOutputStream().write(message);
                if (!Arrays.equals(socket.getInputStream().readNBytes(message.length), message)) {
                    throw new IOException("another answer");
                }
            }
        }
        return null;
    }
}
