package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Given;
import dev.netflight.it.app.NativeWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets that the JVM has neither connected nor accepted under our eyes. */
final class GivenIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
        Needs.tool("tshark");
    }

    private Path file() {
        return folder.resolve("given.pcapng");
    }

    private void assertBytesHaveTheirThread() {
        List<CapturedPacket> data = Tshark.packets(file()).stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).hasSize(2);
        assertThat(data.get(0).causes()).isEqualTo("[write given Given.writeGiven]");
        assertThat(data.get(1).causes()).startsWith("[read given Given.");
    }

    @Test
    void an_inherited_channel_is_followed_from_the_first_packet_on() {
        Needs.tool("bash");
        try (App server = App.of(folder, EchoServer.class).start();
                App app = App.of(folder, Given.class, "inherited").agent("start,file=" + file())
                        .through("bash", "-c", "exec \"$@\" <>/dev/tcp/127.0.0.1/" + server.await("port "), "bash").start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
            assertThat(app.out() + app.err()).contains("done");
        }
        assertBytesHaveTheirThread();
    }

    @Test
    void connections_to_a_server_that_listened_before_have_their_accept() throws IOException {
        try (App server = App.of(folder, EchoServer.class).start()) {
            int port = Integer.parseInt(server.await("port "));
            server.command("start,file=" + file()).assertOk();
            for (int i = 0; i < 3; i++) {
                try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
                    socket.getOutputStream().write(1);
                    assertThat(socket.getInputStream().read()).isEqualTo(1);
                }
            }
            server.command("stop").assertOk().books().assertClosed();
            List<CapturedPacket> handshakes = Tshark.packets(file()).stream()
                    .filter(packet -> packet.isOf(port) && packet.has(CapturedPacket.SYN)).toList();
            assertThat(handshakes).as("SYN and SYN-ACK of each").hasSize(6);
            // the first was accepted by a call that the capture has not seen begin
            assertThat(handshakes.subList(2, 6)).extracting(CapturedPacket::causes)
                    .allMatch(causes -> causes.startsWith("[accept "));
        }
    }

    @Test
    void bytes_that_native_code_moves_have_its_thread_and_no_stack() {
        try (App server = App.of(folder, EchoServer.class).start();
                App app = App.of(folder, NativeWriter.class, server.await("port "))
                        .jvm("--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                                "--add-opens=java.base/java.io=ALL-UNNAMED").agent("start,file=" + file()).start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
            assertThat(app.out() + app.err()).contains("done");
        }
        List<CapturedPacket> data = Tshark.packets(file()).stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).as("each word out and in").hasSize(4).allSatisfy(packet -> assertThat(packet.operations()).isEmpty());
        assertThat(data.subList(0, 2)).allSatisfy(packet -> assertThat(packet.comments())
                .anyMatch(comment -> comment.matches("(?s)JavaThread: opener\nJavaThreadId: \\d+\nJavaThreadKind: platform\n"
                        + "Attribution: connection")));
        assertThat(data.subList(2, 4)).allSatisfy(packet -> assertThat(packet.comments())
                .anyMatch(comment -> comment.matches("(?s)ThreadId: \\d+\nThreadName: native-mover\nAttribution: connection")));
    }

    @Test
    void a_descriptor_taken_from_another_process_is_followed_from_its_first_write_on() throws IOException {
        Needs.root();
        try (App server = App.of(folder, EchoServer.class).start()) {
            int port = Integer.parseInt(server.await("port "));
            // the first socket of a JVM opens others
            new Socket(InetAddress.getByName("127.0.0.1"), port).close();
            takeFromUs(port);
        }
        assertBytesHaveTheirThread();
    }

    private void takeFromUs(int port) throws IOException {
        Set<Integer> before = descriptors();
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            Set<Integer> sockets = descriptors();
            sockets.removeAll(before);
            assertThat(sockets).as("the descriptor of %s", socket).hasSize(1);
            try (App app = App.of(folder, Given.class, "passed", ProcessHandle.current().pid(), sockets.iterator().next())
                    .jvm("--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                            "--add-opens=java.base/java.io=ALL-UNNAMED").agent("start,file=" + file()).start()) {
                app.startAnswer().assertOk();
                app.await("ready");
                app.tell("go");
                app.awaitEnd();
            }
        }
    }

    private static Set<Integer> descriptors() throws IOException {
        var sockets = new TreeSet<Integer>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path fd : (Iterable<Path>) all::iterator) {
                if (Files.exists(fd) || Files.isSymbolicLink(fd)) {
                    try {
                        if (Files.readSymbolicLink(fd).toString().startsWith("socket:")) {
                            sockets.add(Integer.valueOf(fd.getFileName().toString()));
                        }
                    } catch (IOException closedMeanwhile) {
                        // not a socket any more
                    }
                }
            }
        }
        return sockets;
    }

    @Test
    void a_socket_that_an_earlier_agent_has_opened_is_followed_from_the_first_packet_on() throws IOException {
        Path other = folder.resolve("other-agent.jar");
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", Given.class.getName());
        new JarOutputStream(Files.newOutputStream(other), manifest).close();
        try (App server = App.of(folder, EchoServer.class).start();
                App app = App.of(folder, Given.class, "agent").jvm("-javaagent:" + other + '=' + server.await("port "))
                        .agent("start,file=" + file()).start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
        }
        assertBytesHaveTheirThread();
    }
}
