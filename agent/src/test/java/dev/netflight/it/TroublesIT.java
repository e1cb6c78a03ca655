package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Flood;
import dev.netflight.it.app.FullBuffer;
import dev.netflight.it.app.Habits;
import dev.netflight.it.app.RudeServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong is in a recording as often as the kernel counts it, with the operation that it befell. */
final class TroublesIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void each_retransmission_of_the_kernels_is_there_with_the_write_whose_bytes_were_sent_again() throws IOException {
        try (Network bad = Network.of(Link.VETH).loseMore()) {
            List<RecordedEvent> all = record(bad, EchoServer.class, "bulk 400", "Retransmission");
            List<RecordedEvent> events = only(all, "Retransmission");
            assertThat(events.stream().mapToLong(event -> event.getInt("segments")).sum()).as("segments")
                    .isPositive().isEqualTo(bad.counter("Tcp", "RetransSegs"))
                    .isEqualTo(only(all, "Connection").stream().mapToInt(event -> event.getInt("retransmissions")).sum());
            assertThat(events).filteredOn(event -> event.getInt("bytes") > 0).isNotEmpty().allSatisfy(event -> {
                assertThat(event.getString("attribution")).isEqualTo("exact");
                assertThat(event.getString("frame")).startsWith("dev.netflight.it.app.Habits.echo(");
                assertThat(event.getString("javaThread")).isEqualTo("main");
                assertThat(event.getLong("operationId")).isPositive();
                assertThat(event.getString("remoteAddress")).isEqualTo(bad.peerAddress());
            });
        }
    }

    @Test
    void resets_are_there_with_who_sent_them_and_the_call_that_had_it_sent() throws IOException {
        try (Network network = Network.of(Link.VETH)) {
            List<RecordedEvent> events = only(record(network, RudeServer.class, "reset 20", "Reset"), "Reset");
            assertThat(events).hasSize(20).hasSize((int) network.counter("Tcp", "EstabResets"))
                    .allSatisfy(event -> {
                        assertThat(event.getString("sender")).isEqualTo("peer");
                        assertThat(event.getString("state")).isEqualTo("ESTAB");
                        assertThat(event.getString("javaThread")).isEqualTo("main");
                    });
        }
        try (Network network = Network.of(Link.VETH)) {
            List<RecordedEvent> events = only(record(network, EchoServer.class, "abandon 20", "Reset"), "Reset");
            assertThat(events).hasSize(20).hasSize((int) network.counter("Tcp", "OutRsts"))
                    .allSatisfy(event -> {
                        assertThat(event.getString("sender")).isEqualTo("local");
                        assertThat(event.getString("attribution")).isEqualTo("exact");
                        assertThat(event.getString("frame")).startsWith("dev.netflight.it.app.Habits.abandon(");
                    });
        }
        try (Network network = Network.of(Link.VETH)) {
            List<RecordedEvent> events = only(record(network, EchoServer.class, "refused 10", "Reset"), "Reset");
            assertThat(events).hasSize(10).hasSize((int) network.counter("Tcp", "AttemptFails"))
                    .allSatisfy(event -> {
                        assertThat(event.getString("sender")).isEqualTo("peer");
                        assertThat(event.getString("state")).isEqualTo("SYN-SENT");
                        assertThat(event.getString("attribution")).isEqualTo("exact");
                        assertThat(event.getString("frame")).startsWith("dev.netflight.it.app.Habits.refused(");
                    });
        }
    }

    @Test
    void datagrams_that_a_full_buffer_drops_are_there_with_reason_and_place() throws IOException {
        Path recording = folder.resolve("full.jfr");
        try (Network network = Network.of(Link.VETH);
                App full = App.of(folder, FullBuffer.class, network.ownAddress()).through(network.here())
                        .jvm(settings(recording, "PacketDrop")).agent("start").start()) {
            full.startAnswer().assertOk();
            try (App flood = App.of(folder, Flood.class, network.ownAddress(), full.await("port "), 2_000, 400)
                    .through(network.there()).start()) {
                flood.awaitEnd();
            }
            long dropped = network.counter("Udp", "RcvbufErrors");
            int port = Integer.parseInt(full.await("port "));
            List<RecordedEvent> events = only(stop(full, recording), "PacketDrop");
            assertThat(dropped).isPositive();
            assertThat(events).hasSize((int) dropped).allSatisfy(event -> {
                assertThat(event.getString("reason")).isEqualTo("SOCKET_RCVBUFF");
                assertThat(event.getString("location")).matches("\\w+\\+0x[0-9a-f]+");
                assertThat(event.getString("direction")).isEqualTo("inbound");
                assertThat(event.getInt("payload")).isEqualTo(400);
                assertThat(event.getInt("localPort")).isEqualTo(port);
                assertThat(event.getLong("connectionId")).isPositive();
            });
        }
    }

    @Test
    void a_segment_that_a_firewall_throws_away_names_the_write_that_it_is_of() throws IOException {
        try (Network network = Network.of(Link.VETH)) {
            network.dropOutbound();
            // what the peer sends again, since it lacks our acknowledgement, comes twice: that is another reason
            List<Integer> counted = new ArrayList<>();
            List<RecordedEvent> events = only(record(network, EchoServer.class, "keep 200", "PacketDrop",
                    () -> counted.add((int) network.droppedOutbound())), "PacketDrop").stream()
                    .filter(event -> event.getString("reason").equals("TC_EGRESS")).toList();
            // connections are closed meanwhile, and what closes them may be dropped too
            assertThat(events).as("drops that tc counts, before the end and behind it").isNotEmpty()
                    .hasSizeBetween(counted.getFirst(), counted.getLast()).allSatisfy(event -> assertThat(event.getString("direction")).isEqualTo("outbound"));
            assertThat(events).filteredOn(event -> event.getInt("payload") > 0).isNotEmpty().allSatisfy(event -> {
                assertThat(event.getString("attribution")).isEqualTo("exact");
                assertThat(event.getString("frame")).startsWith("dev.netflight.it.app.Habits.echo(");
            });
        }
    }

    /** What a JVM records while it does as told, in its own network namespace; of the events that one and connections. */
    private List<RecordedEvent> record(Network network, Class<?> server, String habit, String event) throws IOException {
        return record(network, server, habit, event, () -> { });
    }

    /** @param around is run right before the capture is ended, and right after */
    private List<RecordedEvent> record(Network network, Class<?> server, String habit, String event, Runnable around)
            throws IOException {
        Path recording = folder.resolve(habit.replace(' ', '-') + ".jfr");
        try (App peer = App.of(folder, server, network.peerAddress()).through(network.there()).start();
                App app = App.of(folder, Habits.class, network.peerAddress(), peer.await("port ")).through(network.here())
                        .jvm(settings(recording, event)).agent("start").start()) {
            app.startAnswer().assertOk();
            app.tell(habit);
            app.await("done " + habit);
            around.run();
            List<RecordedEvent> events = stop(app, recording);
            around.run();
            return events;
        }
    }

    private static String settings(Path recording, String event) {
        return "-XX:StartFlightRecording:name=net,filename=" + recording + ",settings=none,+netflight." + event
                + "#enabled=true,+netflight.Connection#enabled=true";
    }

    private static List<RecordedEvent> stop(App app, Path recording) throws IOException {
        app.command("stop").assertOk();
        Run.well(App.JAVA_HOME.resolve("bin/jcmd"), app.pid(), "JFR.stop", "name=net");
        return RecordingFile.readAllEvents(recording);
    }

    private static List<RecordedEvent> only(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("netflight." + name)).toList();
    }
}
