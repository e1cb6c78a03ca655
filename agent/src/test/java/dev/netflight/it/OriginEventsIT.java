package dev.netflight.it;

import static dev.netflight.it.SubmitterMarks.add;
import static dev.netflight.it.SubmitterMarks.isSubmitter;
import static dev.netflight.it.SubmitterMarks.marks;
import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.RecordedOrigins.Handover;
import dev.netflight.it.app.AsyncSubmit;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.HttpAnswerer;
import dev.netflight.it.app.HttpSubmit;
import dev.netflight.it.app.Later;
import dev.netflight.it.app.NettySubmit;
import dev.netflight.it.app.WebSocketAnswerer;
import dev.netflight.it.app.WebSocketSubmit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.flightrecorder.CouldNotLoadRecordingException;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

/**
 * A recording alone tells who handed over what an event loop or a pool thread wrote. The truth is in the bytes, which tcpdump
 * takes.
 */
final class OriginEventsIT {
    private static final Path JCMD = App.JAVA_HOME.resolve("bin/jcmd");

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.sendBegin();
        Needs.tool("tshark");
        Needs.tool("tcpdump");
    }

    @ParameterizedTest(name = "{0}, {1} channels")
    @CsvSource({"epoll,1", "epoll,4", "nio,1", "nio,4"})
    void who_wrote_to_a_netty_channel_is_in_a_recording_alone(String transport, int channels) throws Exception {
        try (App server = App.of(folder, EchoServer.class).start()) {
            String port = server.await("port ");
            judge("netty " + transport, port, false, App.of(folder, Later.class, NettySubmit.class.getName(), port, transport,
                    channels, 300).with("netty-").jvm("--enable-native-access=ALL-UNNAMED"), "NettySubmit.request(");
        }
    }

    @ParameterizedTest(name = "{1} by {0}")
    @CsvSource({"HTTP_1_1,send", "HTTP_1_1,sendAsync", "HTTP_2,send", "HTTP_2,sendAsync"})
    void who_requested_of_an_http_client_is_in_a_recording_alone(String version, String way) throws Exception {
        try (App server = App.of(folder, HttpAnswerer.class).with("netty-").start()) {
            String port = server.await("port ");
            judge(version + ' ' + way, port, version.equals("HTTP_2"), App.of(folder, Later.class, HttpSubmit.class.getName(), port,
                    version, way, 100, "http"), "HttpSubmit.request(");
        }
    }

    @Test
    void who_wrote_what_an_asynchronous_channel_could_not_write_at_once_is_in_a_recording_alone() throws Exception {
        Path file = folder.resolve("async.jfr");
        try (App client = armed(App.of(folder, Later.class, AsyncSubmit.class.getName(), 4))) {
            record(client, RecordedOrigins.EVENTS);
            client.tell("go");
            client.await("done");
            stop(client, file);
            assertQuiet(client);
        }
        RecordedOrigins recorded = RecordedOrigins.of(file);
        // each thread has a channel of its own, and begins each of its writes itself
        Map<Long, String> owners = new HashMap<>();
        recorded.writes().stream().filter(write -> isSubmitter(write.getThread().getJavaName()))
                .forEach(write -> owners.put(write.getLong("connectionId"), write.getThread().getJavaName()));
        assertThat(owners).hasSize(8);
        Set<Long> told = new HashSet<>();
        for (Handover each : recorded.all()) {
            assertThat(each.origin().thread()).isEqualTo(owners.get(each.event().getLong("connectionId")));
            assertThat(each.event().getLong("offset")).isZero();
            assertThat(each.event().getString("originFrame")).contains("AsyncSubmit.request(");
            told.add(each.write());
        }
        List<RecordedEvent> byOthers = recorded.writes().stream()
                .filter(write -> owners.containsKey(write.getLong("connectionId")))
                .filter(write -> !isSubmitter(write.getThread().getJavaName())).toList();
        System.out.println("origin events of asynchronous channels: " + recorded.all().size() + " of " + byOthers.size()
                + " writes of pool threads, all right");
        assertThat(byOthers).hasSizeGreaterThan(20).allMatch(write -> told.contains(write.getLong("operationId")));
    }

    @Test
    void an_event_of_tls_says_the_same_as_the_comments_of_its_bytes_packets() throws Exception {
        Path keys = folder.resolve("keys");
        Run.of(App.JAVA_HOME.resolve("bin/keytool"), "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
                "SAN=ip:127.0.0.1", "-keystore", keys, "-storepass", "changeit");
        try (App server = App.of(folder, HttpAnswerer.class, keys).with("netty-").start()) {
            compare(App.of(folder, Later.class, HttpSubmit.class.getName(), server.await("port "), "HTTP_2", "sendAsync", 100,
                    "https").jvm("-Djdk.internal.httpclient.disableHostnameVerification=true"));
        }
    }

    @Test
    void an_event_of_a_web_socket_says_the_same_as_the_comments_of_its_bytes_packets() throws Exception {
        try (App server = App.of(folder, WebSocketAnswerer.class).with("netty-").start()) {
            compare(App.of(folder, Later.class, WebSocketSubmit.class.getName(), server.await("port "), 100));
        }
    }

    private void compare(App.Launch program) throws IOException {
        Path capture = folder.resolve("both.pcapng");
        Path file = folder.resolve("both.jfr");
        try (App client = program.jvm("-XX:+EnableDynamicAgentLoading").agent("start,file=" + capture).start()) {
            client.startAnswer().assertOk();
            client.await("ready");
            record(client, RecordedOrigins.EVENTS);
            client.tell("go");
            client.await("done");
            stop(client, file);
            client.command("stop").assertOk().books().assertClosed();
            assertQuiet(client);
        }
        Map<Long, Set<CapturedOrigin>> told = new HashMap<>();
        RecordedOrigins.of(file).all()
                .forEach(each -> told.computeIfAbsent(each.write(), write -> new HashSet<>()).add(each.origin()));
        Map<Long, Set<CapturedOrigin>> commented = new HashMap<>();
        for (CapturedPacket packet : Tshark.packets(capture)) {
            for (CapturedOperation operation : packet.operations()) {
                if (packet.outbound() && !operation.origins().isEmpty()) {
                    commented.computeIfAbsent(operation.number(), write -> new HashSet<>()).addAll(operation.origins());
                }
            }
        }
        var others = new ArrayList<String>();
        told.forEach((write, origins) -> {
            Set<CapturedOrigin> inComments = commented.getOrDefault(write, Set.of());
            assertThat(origins).as("of write %d", write).containsAll(inComments);
            if (!origins.equals(inComments)) {
                others.add(write + ": " + origins + ", in comments " + inComments);
            }
        });
        System.out.println("origin events of " + told.size() + " writes, of which packets' comments say less: " + others);
        assertThat(told).hasSizeGreaterThan(100).containsKeys(commented.keySet().toArray(Long[]::new));
        // the kernel hides a packet in a thousand from every program, and one may carry several writes
        assertThat(others).hasSizeLessThanOrEqualTo(told.size() / 50);
    }

    @Test
    void a_recording_that_does_not_ask_weaves_no_queue_and_without_a_capture_there_is_nothing() throws Exception {
        try (App server = App.of(folder, EchoServer.class).start()) {
            String port = server.await("port ");
            Path writes = folder.resolve("writes.jfr");
            try (App client = armed(App.of(folder, Later.class, NettySubmit.class.getName(), port, "nio", 1, 20).with("netty-"))) {
                record(client, List.of("netflight.SocketWrite"));
                client.tell("go");
                client.await("done");
                assertThat(client.command("status").assertOk().text()).containsPattern("- netty-origin .* not needed: no recording");
                stop(client, writes);
            }
            assertThat(names(writes)).contains("netflight.SocketWrite").doesNotContain("netflight.WriteOrigin");

            Path stopped = folder.resolve("stopped.jfr");
            try (App client = armed(App.of(folder, Later.class, NettySubmit.class.getName(), port, "nio", 1, 20).with("netty-"))) {
                record(client, RecordedOrigins.EVENTS);
                client.command("stop").assertOk();
                client.tell("go");
                client.await("done");
                stop(client, stopped);
            }
            assertThat(names(stopped)).contains("jdk.ThreadStart").doesNotContain("netflight.WriteOrigin");
        }
    }

    /**
     * Runs a program of submitters with an armed agent and a recording that asks for origins, and compares what that tells of each
     * packet's bytes with the marks in them.
     *
     * @param isCompressed whether the marks stand in header values of HTTP/2
     * @param caller       where the program calls the library
     */
    private void judge(String what, String port, boolean isCompressed, App.Launch program, String caller) throws Exception {
        Path packets = folder.resolve("packets.pcap");
        Path file = folder.resolve("origins.jfr");
        try (App client = armed(program); Tcpdump tcpdump = Tcpdump.on("lo", packets, "tcp port " + port)) {
            record(client, RecordedOrigins.EVENTS);
            assertThat(client.command("status").assertOk().text()).doesNotContain("net_dev_start_xmit");
            client.tell("go");
            client.await("done");
            stop(client, file);
            tcpdump.end();
            assertThat(tcpdump.isComplete()).as("tcpdump has all packets").isTrue();
            assertQuiet(client);
        }
        RecordedOrigins recorded = RecordedOrigins.of(file);
        int[] tally = new int[3];
        var wrong = new ArrayList<String>();
        var seen = new HashSet<String>();
        sent(packets, port, isCompressed, fields -> {
            if (!seen.add(fields[0] + ' ' + fields[1])) {
                return; // sent again
            }
            byte[] payload = HexFormat.of().parseHex(fields[2].replace(":", ""));
            List<String> expected = marks(new String(payload, StandardCharsets.ISO_8859_1) + (isCompressed ? fields[3] : ""));
            long from = Long.parseLong(fields[1]) - 1;
            List<String> actual = new ArrayList<>();
            for (Handover each : recorded.of(Integer.parseInt(fields[0]), from, from + payload.length)) {
                if (isSubmitter(each.origin().thread())) {
                    add(actual, each.origin().toString());
                    assertThat(each.event().getString("originFrame")).contains(caller);
                    assertThat(each.origin().stack()).contains(each.event().getString("originFrame"));
                }
            }
            tally[0]++;
            tally[1] += expected.isEmpty() ? 0 : 1;
            tally[2] += expected.size() > 1 ? 1 : 0;
            if (!expected.equals(actual)) {
                wrong.add("port " + fields[0] + " from " + from + ": expected " + expected + ", origins " + actual);
            }
        });
        System.out.println("origin events of " + what + ": " + recorded.all().size() + ", packets " + tally[0] + ", with requests "
                + tally[1] + ", of several threads " + tally[2] + ", others " + wrong.size());
        assertThat(wrong).isEmpty();
        assertThat(tally[1]).isGreaterThan(50);
        assertThat(countOfJmc(file)).isEqualTo(recorded.all().size());
    }

    /** Our port, where in the stream from 1, payload and header values of each packet with payload that was sent to a port. */
    private static void sent(Path packets, String port, boolean isCompressed, Consumer<String[]> reader) {
        var command = new ArrayList<Object>(List.of("tshark", "-n", "-r", packets, "-Y", "tcp.len > 0 && tcp.dstport == " + port,
                "-T", "fields", "-e", "tcp.srcport", "-e", "tcp.seq", "-e", "tcp.payload"));
        if (isCompressed) {
            command.addAll(List.of("-e", "http2.header.value"));
        }
        Run.lines(line -> reader.accept(line.split("\t", -1)), command.toArray());
    }

    private static long countOfJmc(Path file) throws IOException, CouldNotLoadRecordingException {
        IItemCollection events = JfrLoaderToolkit.loadEvents(file.toFile());
        return events.apply(ItemFilters.type("netflight.WriteOrigin")).stream().mapToLong(items -> items.getItemCount()).sum();
    }

    private static Set<String> names(Path file) throws IOException {
        Set<String> names = new HashSet<>();
        RecordingFile.readAllEvents(file).forEach(event -> names.add(event.getEventType().getName()));
        return names;
    }

    private static App armed(App.Launch program) {
        App app = program.jvm("-XX:+EnableDynamicAgentLoading").plainAgent("").start();
        app.await("ready");
        // the agent is here, and has begun to watch
        app.command("status").assertOk();
        return app;
    }

    private static void record(App app, List<String> events) {
        var command = new ArrayList<Object>(List.of(JCMD, app.pid(), "JFR.start", "name=net", "settings=none"));
        events.forEach(event -> command.add("+" + event + "#enabled=true"));
        assertThat(Run.well(command.toArray())).contains("Started recording");
    }

    private static void stop(App app, Path file) {
        assertThat(Run.well(JCMD, app.pid(), "JFR.stop", "name=net", "filename=" + file))
                .contains("Stopped recording");
    }

    private static void assertQuiet(App client) {
        assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
    }
}
