package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Lookups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the system's resolver sends and receives for a lookup belongs to it. The program runs in a network namespace of its
 * own, with a name server of its own.
 */
final class LookupIT {
    private static final int COUNT = 30;

    @TempDir
    private static Path folder;

    private record Lookup(long threadId, String thread, String method) {}

    private static final Map<String, Lookup> TRUTH = new HashMap<>();
    private static final List<CapturedDatagram> PACKETS = new ArrayList<>();
    private static List<RecordedEvent> events;
    private static Path file;

    @BeforeAll
    static void capture() throws IOException {
        Needs.bpf();
        Needs.root();
        Needs.tool("unshare");
        file = folder.resolve("lookups.pcapng");
        Path recording = folder.resolve("lookups.jfr");
        Path truth = folder.resolve("lookups.truth");
        try (App app = Resolver.own(folder, App.of(folder, Lookups.class, truth, COUNT))
                .jvm("-XX:StartFlightRecording:filename=" + recording, "-Xlog:disable").agent("start,file=" + file + ",snaplen=256")
                .start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
            assertThat(app.err()).isEmpty();
        }
        for (String line : Files.readAllLines(truth)) {
            String[] words = line.split("\t");
            TRUTH.put(words[0], new Lookup(Long.parseLong(words[1]), words[2], words[3]));
        }
        PACKETS.addAll(Tshark.datagrams(file));
        events = RecordingFile.readAllEvents(recording);
        PcapngFile.read(file).assertInOrder().assertBooks();
    }

    /** The name that a DNS message asks for. */
    private static String question(byte[] message) {
        var name = new StringBuilder();
        for (int at = 12; message[at] != 0; at += 1 + message[at]) {
            name.append(name.isEmpty() ? "" : ".").append(new String(message, at + 1, message[at]));
        }
        return name.toString();
    }

    @Test
    void each_packet_of_the_resolver_has_the_lookup_that_it_was_made_for() {
        int right = 0;
        int unknown = 0;
        for (CapturedDatagram packet : PACKETS) {
            String host = question(packet.payload());
            Lookup truth = TRUTH.get(host);
            assertThat(truth).as(host).isNotNull();
            // the server's side has its own thread
            boolean resolver = packet.outbound() == (packet.destinationPort() == 53);
            if (packet.operations().isEmpty()) {
                unknown++;
                continue;
            }
            assertThat(packet.operations()).as(packet.toString()).hasSize(1).allSatisfy(operation -> {
                if (resolver) {
                    assertThat(operation.kind()).isEqualTo("lookup");
                    assertThat(operation.host()).isEqualTo(host + '.');
                    assertThat(operation.thread()).isEqualTo(truth.thread);
                    assertThat(operation.threadId()).isEqualTo(truth.threadId);
                    assertThat(operation.virtual()).isEqualTo(truth.thread.startsWith("virtual"));
                    assertThat(operation.leaf()).isEqualTo("Lookups." + truth.method);
                } else {
                    assertThat(operation.kind()).isEqualTo(packet.outbound() ? "send" : "receive");
                    assertThat(operation.thread()).isEqualTo("name-server");
                    assertThat(operation.host()).isNull();
                }
            });
            right += resolver ? 1 : 0;
        }
        // a question and an answer for IPv4, and for IPv6, of each
        assertThat(right).isGreaterThanOrEqualTo(TRUTH.size() * 4 * 99 / 100);
        assertThat(unknown).as("packets without an operation").isLessThanOrEqualTo(PACKETS.size() / 100);
        System.out.println(right + " packets of the resolver of " + TRUTH.size() + " lookups right, " + unknown
                + " of all packets unknown, none wrong");
    }

    @Test
    void each_lookup_has_its_event_with_answer_or_failure_thread_and_stack() {
        var seen = new HashMap<String, RecordedEvent>();
        events.stream().filter(event -> event.getEventType().getName().equals("netflight.DnsLookup"))
                .forEach(event -> seen.put(event.getString("host"), event));
        TRUTH.forEach((host, truth) -> {
            RecordedEvent event = seen.get(host + '.');
            assertThat(event).as(host).isNotNull();
            if (host.startsWith("known")) {
                assertThat(event.getString("addresses")).isEqualTo("192.0.2.7");
                assertThat(event.getString("failure")).isNull();
            } else {
                assertThat(event.getString("addresses")).isNull();
                assertThat(event.getString("failure")).contains("UnknownHostException");
            }
            assertThat(event.getThread().getJavaThreadId()).isEqualTo(truth.threadId);
            assertThat(event.getDuration()).isPositive();
            assertThat(event.getStackTrace().getFrames()).extracting(frame -> frame.getMethod().getName())
                    .contains(truth.method);
            assertThat(event.getStackTrace().getFrames().getFirst().getMethod().getName()).isEqualTo("lookupAllHostAddr");
        });
    }

    @Test
    void packets_and_events_name_the_same_operation() {
        var numbers = new HashMap<String, Long>();
        events.stream().filter(event -> event.getEventType().getName().equals("netflight.DnsLookup"))
                .forEach(event -> numbers.put(event.getString("host"), event.getLong("operationId")));
        assertThat(PACKETS).anySatisfy(packet -> assertThat(packet.operations().getFirst().kind()).isEqualTo("lookup"));
        for (CapturedDatagram packet : PACKETS) {
            for (CapturedOperation operation : packet.operations()) {
                if (operation.kind().equals("lookup")) {
                    assertThat(operation.number()).isEqualTo(numbers.get(operation.host()));
                }
            }
        }
    }
}
