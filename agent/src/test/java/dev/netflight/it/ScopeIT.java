package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Starter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packets of other processes than the JVM: of those that it starts, and of its container. */
final class ScopeIT {
    @TempDir
    private Path folder;

    private HttpServer web;

    @BeforeEach
    void serve() throws IOException {
        Needs.bpf();
        Needs.tool("curl");
        web = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 10);
        web.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 1_000);
            exchange.getResponseBody().write(new byte[1_000]);
            exchange.close();
        });
        web.start();
    }

    @AfterEach
    void stop() {
        if (web != null) {
            web.stop(0);
        }
    }

    private String curl(String path) {
        return "curl -s -o /dev/null http://127.0.0.1:" + web.getAddress().getPort() + path;
    }

    private Path file() {
        return folder.resolve("scope.pcapng");
    }

    private App starter(String scope) {
        App app = App.of(folder, Starter.class).agent("start,file=" + file() + ",scope=" + scope).start();
        app.startAnswer().assertOk();
        app.await("ready");
        return app;
    }

    private static String pidOfLast(App app, int started) {
        List<String> pids = app.out().lines().filter(line -> line.startsWith("pid ")).toList();
        assertThat(pids).hasSize(started);
        return pids.getLast().substring("pid ".length());
    }

    private static void run(App app, String kind, String command) {
        long before = app.out().lines().filter(line -> line.startsWith("exit ")).count();
        app.tell(kind + ' ' + command);
        app.awaitLines("exit ", before + 1);
    }

    private List<CapturedPacket> end(App app) {
        app.command("stop").assertOk().books().assertClosed();
        PcapngFile.read(file()).assertInOrder().assertBooks();
        return Tshark.packets(file());
    }

    private static List<CapturedPacket> of(List<CapturedPacket> packets, String pid) {
        return packets.stream().filter(packet -> packet.value("PID").equals(pid)).toList();
    }

    private static void assertWhole(List<CapturedPacket> packets) {
        assertThat(packets.stream().filter(packet -> packet.has(CapturedPacket.SYN))).as("handshake").hasSize(2);
        assertThat(packets.stream().filter(packet -> packet.has(CapturedPacket.FIN))).as("end").hasSize(2);
        assertThat(packets.stream().filter(packet -> packet.outbound() && packet.payloadLength() > 0)).as("request")
                .hasSize(1);
        assertThat(packets.stream().filter(packet -> !packet.outbound()).mapToInt(CapturedPacket::payloadLength).sum())
                .as("answer").isGreaterThan(1_000);
    }

    private static void assertStarted(List<CapturedPacket> packets, String thread) {
        CapturedPacket first = packets.getFirst();
        assertThat(first.value("StartThread")).isEqualTo(thread);
        assertThat(first.comments()).anySatisfy(comment -> assertThat(comment).contains("StartStack:\n")
                .contains("java.lang.ProcessBuilder.start(").contains("Starter.startIt(Starter.java:"));
        assertThat(packets.subList(1, packets.size())).as("later packets").allSatisfy(packet ->
                assertThat(packet.value("StartThread")).isEmpty());
        assertThat(packets).as("no operation of Java").allSatisfy(packet -> {
            assertThat(packet.operations()).isEmpty();
            assertThat(packet.value("Attribution")).isEmpty();
        });
    }

    @Test
    void packets_of_a_process_that_the_jvm_starts_have_its_pid_its_arguments_and_the_stack_of_the_start() {
        try (App app = starter("children")) {
            run(app, "platform", curl("/one"));
            String one = pidOfLast(app, 1);
            run(app, "virtual", curl("/two"));
            String two = pidOfLast(app, 2);
            List<CapturedPacket> packets = end(app);
            for (String pid : List.of(one, two)) {
                List<CapturedPacket> its = of(packets, pid);
                assertWhole(its);
                assertStarted(its, pid.equals(one) ? "starter-platform" : "starter-virtual");
                assertThat(its).allSatisfy(packet -> {
                    assertThat(packet.value("Cmd")).endsWith("/curl");
                    assertThat(packet.value("Args")).isEqualTo(curl(pid.equals(one) ? "/one" : "/two"));
                    assertThat(packet.value("ParentPID")).isEqualTo(Long.toString(app.pid()));
                    assertThat(packet.value("ParentArgs")).endsWith(Starter.class.getName());
                });
            }
            assertThat(of(packets, one).size() + of(packets, two).size()).as("no other packets").isEqualTo(packets.size());
        }
    }

    @Test
    void a_process_that_a_started_one_starts_is_known_by_the_same_start() {
        try (App app = starter("children")) {
            // the shell waits for its child, so that it is still there to be looked at
            run(app, "platform", "sh -c " + curl("/deep").replace(" ", "${IFS}") + ";true");
            String shell = pidOfLast(app, 1);
            List<CapturedPacket> packets = end(app);
            assertWhole(packets);
            assertStarted(packets, "starter-platform");
            assertThat(packets).allSatisfy(packet -> {
                assertThat(packet.value("ParentPID")).isEqualTo(shell);
                assertThat(packet.value("Args")).isEqualTo(curl("/deep"));
            });
        }
    }

    @Test
    void a_server_that_was_started_before_the_capture_is_found_by_its_ancestors() throws IOException {
        try (App app = App.of(folder, Starter.class).start()) {
            app.await("ready");
            app.tell("background");
            app.tell("platform " + App.JAVA_HOME.resolve("bin/java") + " -cp " + App.classes() + ' '
                    + EchoServer.class.getName());
            int port = Integer.parseInt(app.await("port "));
            String pid = pidOfLast(app, 1);
            app.command("start,scope=children,file=" + file()).assertOk();
            // its listener is older than the capture: a connection is met at its first read
            for (int i = 0; i < 3; i++) {
                echo(port);
            }
            List<CapturedPacket> packets = end(app);
            assertThat(packets).isNotEmpty().allSatisfy(packet -> {
                assertThat(packet.value("PID")).isEqualTo(pid);
                assertThat(packet.value("Args")).endsWith(EchoServer.class.getName());
                assertThat(packet.value("StartThread")).as("it was started before").isEmpty();
                assertThat(packet.isOf(port)).isTrue();
            });
            assertThat(packets.stream().filter(packet -> packet.outbound() && packet.payloadLength() == 5)).hasSize(3);
        }
    }

    @Test
    void connections_that_a_started_server_accepts_are_its_own_from_the_first_packet_on() throws IOException {
        try (App app = starter("children")) {
            app.tell("background");
            app.tell("platform " + App.JAVA_HOME.resolve("bin/java") + " -cp " + App.classes() + ' '
                    + EchoServer.class.getName());
            int port = Integer.parseInt(app.await("port "));
            String pid = pidOfLast(app, 1);
            for (int i = 0; i < 3; i++) {
                echo(port);
            }
            List<CapturedPacket> packets = end(app);
            assertThat(packets).as("all are the server's").isNotEmpty().allSatisfy(packet ->
                    assertThat(packet.value("PID")).as("PID of %s", packet).isEqualTo(pid));
            assertStarted(packets, "starter-platform");
            assertThat(packets.stream().filter(packet -> packet.hasOnly(CapturedPacket.SYN))).as("SYN").hasSize(3);
            assertThat(packets.stream().filter(packet -> packet.payloadLength() == 5)).as("data, in and out").hasSize(6);
        }
    }

    private static void echo(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            socket.getOutputStream().write("hello".getBytes());
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes())).isEqualTo("hello");
        }
    }

    @Test
    void the_jvms_own_packets_keep_their_threads_beside_those_of_its_children() {
        try (App server = App.of(folder, EchoServer.class).start();
                App app = App.of(folder, dev.netflight.it.app.Kinds.class, server.await("port "), 0, folder)
                        .agent("start,file=" + file() + ",scope=children").start()) {
            app.awaitEnd();
        }
        List<CapturedPacket> data = Tshark.packets(file()).stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).isNotEmpty().allSatisfy(packet ->
                assertThat(packet.operations()).as("operations of packet %d: %s", packet.id(), packet.comments()).isNotEmpty());
    }

    @Test
    void processes_that_the_jvm_has_not_started_are_left_out() {
        try (App app = starter("children")) {
            Run.well((Object[]) curl("/foreign").split(" "));
            run(app, "platform", curl("/own"));
            List<CapturedPacket> packets = end(app);
            assertWhole(packets);
            assertThat(packets).extracting(packet -> packet.value("PID")).containsOnly(pidOfLast(app, 1));
        }
    }

    @Test
    void a_capture_of_the_control_group_has_all_its_processes_and_no_other() throws IOException {
        try (ControlGroup group = ControlGroup.make();
                App app = App.of(folder, Starter.class).through(group.entering())
                        .agent("start,file=" + file() + ",scope=cgroup").start()) {
            app.startAnswer().assertOk();
            app.await("ready");
            run(app, "platform", curl("/child"));
            String child = pidOfLast(app, 1);
            var neighbour = List.of(curl("/neighbour").split(" "));
            Run.well(List.of(List.of(group.entering()), neighbour).stream().flatMap(List::stream).toArray());
            Run.well(neighbour.toArray());
            List<CapturedPacket> packets = end(app);

            assertWhole(of(packets, child));
            assertStarted(of(packets, child), "starter-platform");
            List<CapturedPacket> others = packets.stream().filter(packet -> !packet.value("PID").equals(child)).toList();
            assertWhole(others);
            assertThat(others).allSatisfy(packet -> {
                assertThat(packet.value("Args")).isEqualTo(String.join(" ", neighbour));
                assertThat(packet.value("StartThread")).isEmpty();
            });
        }
    }
}
