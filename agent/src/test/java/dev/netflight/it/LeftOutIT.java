package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A connection of which the filter accepts no packet costs its threads no stack, and the others lose nothing by it. How many
 * operations were on captured sockets, of how many that the hooks have seen, is what {@code status} tells.
 */
final class LeftOutIT {
    private static final Pattern OPERATIONS = Pattern.compile("operations: +([\\d,]+) on captured sockets of ([\\d,]+) seen");

    /** Some of them. */
    private static final Set<String> OF_CALLS = Set.of("handle_send_end", "handle_datagram_queued");
    private static final String ASLEEP = "asleep until a socket is used that the filter can accept";

    @TempDir
    private Path folder;

    private App wanted;
    private App other;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        wanted = App.of(folder, EchoServer.class, "0.0.0.0").start();
        other = App.of(folder, EchoServer.class).start();
    }

    @AfterEach
    void end() {
        for (App app : new App[] {wanted, other}) {
            if (app != null) {
                app.close();
            }
        }
    }

    private App talker() {
        App talker = App.of(folder, Talker.class, other.await("port ")).jvm("-XX:+EnableDynamicAgentLoading").start();
        talker.await("ready");
        return talker;
    }

    private static void say(App talker, int messages, int inAll) {
        talker.tell("say " + messages);
        talker.awaitNumber("said ", inAll);
    }

    private static void go(App talker, App server) {
        talker.tell("port " + server.await("port "));
        talker.tell("new");
    }

    private static long operations(String status) {
        Matcher found = OPERATIONS.matcher(status);
        assertThat(found.find()).as(status).isTrue();
        return Long.parseLong(found.group(1).replace(",", ""));
    }

    /** Of the connections with this port alone, each byte with its operation; {@code each} messages went each way. */
    private static void assertOnly(Path file, int port, int each) {
        List<CapturedPacket> packets = Tshark.packets(file);
        assertThat(packets).allMatch(packet -> packet.isOf(port));
        List<CapturedPacket> data = packets.stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).hasSize(2 * each).allMatch(packet -> packet.operations().size() == 1)
                .allMatch(packet -> packet.value("Attribution").equals("exact"));
    }

    @Test
    void calls_on_connections_that_the_filter_does_not_accept_are_not_captured() {
        Path file = folder.resolve("client.pcapng");
        int port = Integer.parseInt(wanted.await("port "));
        try (App talker = talker()) {
            say(talker, 10, 10); // on a connection that is open before
            talker.command("start,filter=tcp port " + port + ",file=" + file).assertOk();
            say(talker, 300, 310);
            String status = talker.command("status").assertOk().text();
            assertThat(status).contains("connections that it cannot accept are not followed");
            assertThat(operations(status)).as("operations on what was open").isZero();
            go(talker, wanted);
            say(talker, 50, 360);
            go(talker, other);
            say(talker, 300, 660);
            // a machine that hides a SYN from all programs leaves its connect among them
            assertThat(operations(talker.command("status").assertOk().text())).as("connect, close, 50 writes and 50 reads")
                    .isBetween(102L, 103L);
            talker.command("stop").assertOk();
        }
        assertOnly(file, port, 50);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp port ", "port "})
    void calls_are_not_looked_at_before_a_connection_comes_that_the_filter_accepts(String filter) {
        Path file = folder.resolve("client.pcapng");
        int port = Integer.parseInt(wanted.await("port "));
        try (App talker = talker()) {
            say(talker, 10, 10);
            talker.command("start,filter=" + filter + port + ",file=" + file).assertOk();
            say(talker, 100, 110);
            go(talker, other);
            say(talker, 100, 210);
            assertThat(Bpftool.attached(talker.bpf())).contains("handle_state", "handle_egress", "handle_ingress")
                    .doesNotContainAnyElementsOf(OF_CALLS);
            assertThat(talker.command("status").assertOk().text()).contains(ASLEEP);
            go(talker, wanted);
            say(talker, 50, 260);
            assertThat(Bpftool.attached(talker.bpf())).containsAll(OF_CALLS);
            assertThat(talker.command("status").assertOk().text()).doesNotContain(ASLEEP);
            talker.command("stop").assertOk().books().assertClosed();
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        }
        assertOnly(file, port, 50);
    }

    /** To attach what is loaded takes no rights (Linux 6.0). */
    @Test
    void the_first_connection_may_come_when_the_process_has_given_up_root() {
        Needs.root();
        Path file = folder.resolve("dropped.pcapng");
        int port = Integer.parseInt(wanted.await("port "));
        try (App talker = App.of(folder, Talker.class, other.await("port ")).jvm("--enable-native-access=ALL-UNNAMED")
                .agent("start,filter=tcp port " + port + ",file=" + file).start()) {
            talker.startAnswer().assertOk();
            talker.tell("user 65534");
            talker.await("changed");
            go(talker, wanted);
            say(talker, 50, 50);
            talker.endInput();
            talker.awaitEnd();
            assertThat(talker.err()).isEmpty();
        }
        assertOnly(file, port, 50);
    }

    @Test
    void a_server_leaves_out_clients_that_the_filter_does_not_accept() {
        Path file = folder.resolve("server.pcapng");
        String port = wanted.await("port ");
        try (App server = App.of(folder, EchoServer.class, "0.0.0.0").agent("start,filter=host 127.0.0.2,file=" + file).start()) {
            server.startAnswer().assertOk();
            port = server.await("port ");
            try (App far = App.of(folder, Talker.class, port, "127.0.0.2").start();
                    App near = App.of(folder, Talker.class, port, "127.0.0.1").start()) {
                say(near, 100, 100);
                say(far, 50, 50);
                say(near, 100, 200);
                say(far, 50, 100);
            }
            server.command("stop").assertOk().books().assertClosed();
        }
        assertThat(Tshark.packets(file)).allMatch(packet -> packet.source().equals("127.0.0.2")
                || packet.destination().equals("127.0.0.2"));
        assertOnly(file, Integer.parseInt(port), 100);
    }

    @Test
    void an_expression_that_accepts_one_way_only_leaves_nothing_out() {
        Path file = folder.resolve("way.pcapng");
        String port = wanted.await("port ");
        try (App talker = talker()) {
            talker.command("start,filter=tcp dst port " + port + ",file=" + file).assertOk(); // the answer's packets are not
            go(talker, wanted);
            say(talker, 20, 20);
            talker.command("stop").assertOk();
        }
        assertThat(Tshark.packets(file)).filteredOn(packet -> packet.payloadLength() > 0).hasSize(20)
                .allMatch(packet -> packet.outbound() && packet.operations().size() == 1);
    }

    @Test
    void a_recording_that_asks_for_operations_has_those_of_all_connections_while_it_runs() throws IOException {
        Path recording = folder.resolve("all.jfr");
        int port = Integer.parseInt(other.await("port "));
        Path jcmd = App.JAVA_HOME.resolve("bin/jcmd");
        try (App talker = talker()) {
            talker.command("start,filter=tcp port " + wanted.await("port ") + ",file=" + folder.resolve("few.pcapng")).assertOk();
            say(talker, 20, 20);
            assertThat(operations(talker.command("status").assertOk().text())).as("one hidden SYN's connect at most").isLessThan(2);
            Run.well(jcmd, talker.pid(), "JFR.start", "name=net", "settings=none", "+netflight.SocketWrite#enabled=true",
                    "+netflight.SocketRead#enabled=true");
            say(talker, 30, 50);
            go(talker, other);
            say(talker, 10, 60);
            Run.well(jcmd, talker.pid(), "JFR.stop", "name=net", "filename=" + recording);
            long recorded = operations(talker.command("status").assertOk().text());
            go(talker, other);
            say(talker, 100, 160);
            // what is left of the recorded connection is its end
            assertThat(operations(talker.command("status").assertOk().text())).isBetween(recorded, recorded + 5);
            talker.command("stop").assertOk();
        }
        for (String event : List.of("netflight.SocketWrite", "netflight.SocketRead")) {
            List<RecordedEvent> found = RecordingFile.readAllEvents(recording).stream()
                    .filter(each -> each.getEventType().getName().equals(event)).toList();
            assertThat(found).as(event).hasSize(40).allMatch(each -> each.getInt("remotePort") == port);
        }
    }
}
