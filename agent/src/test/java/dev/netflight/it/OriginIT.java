package dev.netflight.it;

import static dev.netflight.it.SubmitterMarks.add;
import static dev.netflight.it.SubmitterMarks.isSubmitter;
import static dev.netflight.it.SubmitterMarks.marks;
import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.AsyncSubmit;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.HttpAnswerer;
import dev.netflight.it.app.HttpSubmit;
import dev.netflight.it.app.NettySubmit;
import dev.netflight.it.app.Submitters;
import dev.netflight.it.app.WebSocketAnswerer;
import dev.netflight.it.app.WebSocketSubmit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that one thread has handed to another to be written name the one who handed them over, and nobody else. */
final class OriginIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.tool("tshark");
    }

    @ParameterizedTest(name = "{0}, {1} channels")
    @CsvSource({"epoll,1", "epoll,4", "nio,1", "nio,4"})
    void what_threads_write_to_a_netty_channel_names_them(String transport, int channels) {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = App.of(folder, NettySubmit.class, server.await("port "), transport, channels, 300)
                        .with("netty-").jvm("-XX:+EnableDynamicAgentLoading", "--enable-native-access=ALL-UNNAMED")
                        .agent("start,snaplen=0,file=" + file()).start()) {
            client.startAnswer().assertOk();
            client.await("done");
            assertThat(client.command("status").toString()).containsPattern("\\+ netty-origin .* woven into 5 classes\\n");
            client.command("stop").assertOk().books().assertClosed();
            assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
            judge("netty " + transport, Integer.parseInt(server.await("port ")), Map.of());
        }
    }

    @ParameterizedTest(name = "{1} by {0}")
    @CsvSource({"HTTP_1_1,send", "HTTP_1_1,sendAsync", "HTTP_2,send", "HTTP_2,sendAsync"})
    void what_threads_request_of_an_http_client_names_them(String version, String way) {
        try (App server = App.of(folder, HttpAnswerer.class).with("netty-").start();
                App client = App.of(folder, HttpSubmit.class, server.await("port "), version, way, 100, "http")
                        .jvm("-XX:+EnableDynamicAgentLoading").agent("start,snaplen=0,file=" + file()).start()) {
            client.startAnswer().assertOk();
            client.await("done");
            assertThat(client.command("status").toString()).containsPattern("\\+ httpclient-origin .* woven into [6-9] classes\\n");
            client.command("stop").assertOk().books().assertClosed();
            assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
            judge(version + ' ' + way, Integer.parseInt(server.await("port ")),
                    version.equals("HTTP_2") ? Tshark.values(file(), "http2.header.value") : Map.of());
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"HTTP_1_1", "HTTP_2"})
    void what_threads_request_of_an_http_client_over_tls_names_them(String version) {
        Path keys = folder.resolve("keys");
        Run.of(App.JAVA_HOME.resolve("bin/keytool"), "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
                "SAN=ip:127.0.0.1", "-keystore", keys, "-storepass", "changeit");
        try (App server = App.of(folder, HttpAnswerer.class, keys).with("netty-").start();
                App client = App.of(folder, HttpSubmit.class, server.await("port "), version, "sendAsync", 100, "https")
                        .jvm("-XX:+EnableDynamicAgentLoading", "-Djdk.internal.httpclient.disableHostnameVerification=true")
                        .agent("start,snaplen=0,file=" + file()).start()) {
            client.startAnswer().assertOk();
            client.await("done");
            client.command("stop").assertOk().books().assertClosed();
            assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
            judgeLengths(Integer.parseInt(server.await("port ")));
        }
    }

    @Test
    void what_an_asynchronous_channel_could_not_write_at_once_names_who_wrote_it() {
        try (App client = App.of(folder, AsyncSubmit.class, 4).jvm("-XX:+EnableDynamicAgentLoading")
                .agent("start,snaplen=0,file=" + file()).start()) {
            client.startAnswer().assertOk();
            client.await("done");
            client.command("stop").assertOk().books().assertClosed();
            assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
            int port = Integer.parseInt(client.await("port "));
            int[] tally = new int[3];
            Tshark.packetsWithPayload(file(), packet -> {
                if (!packet.outbound() || packet.destinationPort() != port || packet.payloadLength() == 0) {
                    return;
                }
                List<String> expected = marks(new String(packet.payload(), StandardCharsets.ISO_8859_1));
                List<String> actual = new ArrayList<>();
                for (CapturedOperation operation : packet.operations()) {
                    if (isSubmitter(operation.thread())) {
                        assertThat(operation.origins()).as("origins of %s", packet).isEmpty();
                        add(actual, new CapturedOrigin(operation.thread(), operation.stack()).toString());
                    } else {
                        tally[1]++;
                        operation.origins().forEach(origin -> add(actual, origin.toString()));
                    }
                }
                tally[0]++;
                if (!expected.isEmpty()) {
                    tally[2]++;
                    assertThat(actual).as("of %s", packet).isEqualTo(expected);
                }
            });
            System.out.println("origins of asynchronous channels: packets " + tally[0] + ", by pool threads " + tally[1] + ", right "
                    + tally[2]);
            assertThat(tally[1]).as("operations of pool threads").isGreaterThan(20);
        }
    }

    @Test
    void what_threads_send_over_a_web_socket_names_them() {
        try (App server = App.of(folder, WebSocketAnswerer.class).with("netty-").start();
                App client = App.of(folder, WebSocketSubmit.class, server.await("port "), 100)
                        .jvm("-XX:+EnableDynamicAgentLoading").agent("start,snaplen=0,file=" + file()).start()) {
            client.startAnswer().assertOk();
            client.await("done");
            assertThat(client.command("status").toString()).containsPattern("\\+ websocket-origin .* woven into 3 classes\\n");
            client.command("stop").assertOk().books().assertClosed();
            assertThat(client.out() + client.err()).doesNotContain("failed").doesNotContain("etflight");
            judgeFrames(Integer.parseInt(server.await("port ")));
        }
    }

    private void judgeFrames(int port) {
        var packets = new ArrayList<CapturedPacket>();
        var streams = new HashMap<Integer, ClientFrames>();
        Tshark.packetsWithPayload(file(), packet -> {
            if (packet.outbound() && packet.destinationPort() == port && packet.payloadLength() > 0) {
                packets.add(packet);
                streams.computeIfAbsent(packet.sourcePort(), any -> new ClientFrames()).add(packet);
            }
        });
        streams.values().forEach(ClientFrames::parse);
        int right = 0;
        for (CapturedPacket packet : packets) {
            ClientFrames stream = streams.get(packet.sourcePort());
            TreeMap<Long, String> messages = stream.messages();
            long from = stream.offset(packet);
            if (from + packet.payloadLength() > stream.end()) {
                continue;
            }
            var expected = new ArrayList<String>();
            messages.subMap(messages.floorKey(from), from + packet.payloadLength())
                    .forEach((at, message) -> marks(message).forEach(mark -> add(expected, mark)));
            var actual = new ArrayList<String>();
            packet.operations().forEach(operation -> operation.origins().stream()
                    .filter(origin -> isSubmitter(origin.thread())).forEach(origin -> add(actual, origin.toString())));
            assertThat(actual).as("of %s", packet).isEqualTo(expected);
            right += expected.isEmpty() ? 0 : 1;
        }
        System.out.println("origins of WebSockets: packets " + packets.size() + ", right " + right);
        assertThat(right).isGreaterThan(50);
    }

    /** The length of a record tells whose request it holds; those that hold several, or none, tell nothing. */
    private void judgeLengths(int port) {
        var packets = new ArrayList<CapturedPacket>();
        var lengths = new TreeMap<Integer, Integer>();
        Tshark.packetsWithPayload(file(), packet -> {
            if (packet.outbound() && packet.destinationPort() == port && packet.payloadLength() > 0) {
                packets.add(packet);
                records(packet).forEach(length -> lengths.merge(length, 1, Integer::sum));
            }
        });
        // of a hundred requests on each thread most go alone
        int base = lengths.entrySet().stream().filter(entry -> entry.getKey() > HttpSubmit.SHORTEST && entry.getValue() > 20)
                .mapToInt(Map.Entry::getKey).findFirst().orElseThrow();
        int right = 0;
        for (CapturedPacket packet : packets) {
            var expected = new ArrayList<String>();
            for (int length : records(packet)) {
                int thread = (length - base) / HttpSubmit.STEP;
                boolean isOneRequest = length >= base && thread < Submitters.NAMES.size() && length == base + thread * HttpSubmit.STEP;
                if (isOneRequest) {
                    add(expected, "submit-" + thread + " Submitters." + Submitters.NAMES.get(thread));
                } else if (length > HttpSubmit.SHORTEST) {
                    expected.clear();
                    break;
                }
            }
            if (expected.isEmpty()) {
                continue;
            }
            var actual = new ArrayList<String>();
            packet.operations().forEach(operation -> operation.origins().stream()
                    .filter(origin -> isSubmitter(origin.thread())).forEach(origin -> add(actual, origin.toString())));
            assertThat(actual).as("of %s", packet).isEqualTo(expected);
            right++;
        }
        System.out.println("origins of TLS: packets " + packets.size() + ", with requests of known length " + right + ", all right");
        assertThat(right).isGreaterThan(50);
    }

    /** The lengths of the TLS records of application data that a packet begins and ends with; none if another is among them. */
    private static List<Integer> records(CapturedPacket packet) {
        ByteBuffer payload = ByteBuffer.wrap(packet.payload());
        var lengths = new ArrayList<Integer>();
        while (payload.remaining() >= 5) {
            int type = payload.get();
            payload.getShort();
            int length = payload.getShort() & 0xffff;
            if (type != 0x17 || length > payload.remaining()) {
                return List.of();
            }
            lengths.add(length);
            payload.position(payload.position() + length);
        }
        return payload.hasRemaining() ? List.of() : lengths;
    }

    private Path file() {
        return folder.resolve("origin.pcapng");
    }

    /**
     * Compares each packet's origins with the marks in its payload.
     *
     * @param decoded what Wireshark reads out of packets whose payload is compressed, by the packets' numbers
     */
    private void judge(String what, int port, Map<Long, String> decoded) {
        var wrong = new ArrayList<String>();
        int[] tally = new int[4];
        var sent = new HashMap<String, List<String>>();
        Tshark.packetsWithPayload(file(), packet -> {
            if (!packet.outbound() || packet.destinationPort() != port || packet.payloadLength() == 0) {
                return;
            }
            // Wireshark does not decode what is sent again
            List<String> expected = sent.computeIfAbsent(packet.sourcePort() + " " + packet.seq(), first -> marks(
                    new String(packet.payload(), StandardCharsets.ISO_8859_1) + decoded.getOrDefault(packet.id(), "")));
            List<String> actual = new ArrayList<>();
            for (CapturedOperation operation : packet.operations()) {
                operation.origins().stream().filter(origin -> isSubmitter(origin.thread()))
                        .forEach(origin -> add(actual, origin.thread() + ' ' + origin.leaf()));
            }
            tally[0]++;
            tally[1] += expected.isEmpty() ? 0 : 1;
            tally[2] += !expected.isEmpty() && expected.equals(actual) ? 1 : 0;
            tally[3] += expected.size() > 1 ? 1 : 0;
            if (!expected.equals(actual)) {
                wrong.add(packet + ": expected " + expected + ", origins " + actual);
            }
        });
        System.out.println("origins of " + what + ": packets " + tally[0] + ", with requests " + tally[1] + ", of several threads "
                + tally[3] + ", right " + tally[2] + ", others " + wrong.size());
        assertThat(wrong).isEmpty();
        assertThat(tally[2]).isGreaterThan(50);
    }
}
