package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Client;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.flightrecorder.CouldNotLoadRecordingException;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

/** A recording and a capture of the same run tell the same, and name the same operations. */
final class JfrIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void a_recording_has_the_operations_that_the_packets_name_and_jfr_and_jmc_read_it()
            throws IOException, CouldNotLoadRecordingException {
        Path capture = folder.resolve("talker.pcapng");
        Path recording = folder.resolve("talker.jfr");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = App.of(folder, Talker.class, server.await("port "))
                        .jvm("-XX:StartFlightRecording:filename=" + recording + ",settings=none,"
                                + "+netflight.SocketConnect#enabled=true,+netflight.SocketWrite#enabled=true,"
                                + "+netflight.SocketRead#enabled=true,+netflight.Connection#enabled=true,"
                                + "+netflight.Packet#enabled=true,+netflight.CaptureStatistics#enabled=true,"
                                + "+netflight.CaptureConfiguration#enabled=true,"
                                // a second witness of the same calls
                                + "+jdk.SocketRead#enabled=true,+jdk.SocketRead#threshold=0ms,+jdk.SocketRead#throttle=off,"
                                + "+jdk.SocketWrite#enabled=true,+jdk.SocketWrite#threshold=0ms,+jdk.SocketWrite#throttle=off")
                        .agent("start,file=" + capture).start()) {
            talker.startAnswer().assertOk();
            talker.tell("say 20");
            talker.awaitNumber("said ", 20);
            talker.tell("new");
            talker.tell("say 1");
            talker.awaitNumber("said ", 21);
            talker.command("stop").assertOk().books().assertClosed();
            assertThat(Run.well(App.JAVA_HOME.resolve("bin/jcmd"), talker.pid(), "JFR.stop", "name=1"))
                    .contains("Stopped");
        }
        Map<String, List<RecordedEvent>> events = read(recording);
        assertThat(events.keySet()).contains("netflight.SocketConnect", "netflight.SocketWrite", "netflight.SocketRead",
                "netflight.Connection", "netflight.Packet", "netflight.CaptureStatistics",
                "netflight.CaptureConfiguration");
        assertThat(events.get("netflight.SocketConnect")).hasSize(2);
        assertThat(events.get("netflight.Connection")).hasSize(2);

        Map<Long, RecordedEvent> operations = new HashMap<>();
        for (String name : List.of("netflight.SocketConnect", "netflight.SocketWrite", "netflight.SocketRead")) {
            events.get(name).forEach(event -> operations.put(event.getLong("operationId"), event));
        }
        List<CapturedPacket> packets = Tshark.packets(capture);
        List<CapturedPacket> data = packets.stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).hasSize(42).allSatisfy(packet -> {
            CapturedOperation operation = packet.operations().getFirst();
            RecordedEvent event = operations.get(operation.number());
            assertThat(event).as("event of operation %d", operation.number()).isNotNull();
            assertThat(event.getEventType().getName()).isEqualTo(
                    packet.outbound() ? "netflight.SocketWrite" : "netflight.SocketRead");
            assertThat(event.getLong("bytes")).isEqualTo(packet.payloadLength());
            // JFR keeps the name that a thread had first
            assertThat(event.getThread().getJavaThreadId()).isEqualTo(operation.threadId());
            assertThat(event.getStackTrace().getFrames().stream().map(frame -> frame.getMethod().getType().getName() + '.'
                    + frame.getMethod().getName())).as("stack").startsWith("sun.nio.ch.SocketDispatcher."
                    + (packet.outbound() ? "write" : "read")).contains(Talker.class.getName() + ".say");
        });
        assertThat(events.get("netflight.Packet")).as("packets").hasSameSizeAs(packets);
        assertThat(events.get("netflight.Packet")).extracting(event -> event.getLong("packetNumber"))
                .containsExactlyInAnyOrderElementsOf(packets.stream().map(CapturedPacket::id).toList());

        assertSame(events.get("jdk.SocketWrite"), "bytesWritten", events.get("netflight.SocketWrite"));
        assertSame(events.get("jdk.SocketRead"), "bytesRead", events.get("netflight.SocketRead"));

        String summary = Run.well(App.JAVA_HOME.resolve("bin/jfr"), "summary", recording);
        assertThat(summary).containsPattern("netflight.SocketWrite +21 ");
        for (String writes : List.of("netflight.SocketWrite", "jdk.SocketWrite")) {
            long loaded = JfrLoaderToolkit.loadEvents(recording.toFile()).stream()
                    .filter(items -> items.getType().getIdentifier().equals(writes))
                    .mapToLong(IItemIterable::getItemCount).sum();
            assertThat(loaded).as(writes + " that JMC finds").isEqualTo(21);
        }
    }

    /** The JDK's own events of the same calls: bytes, thread and peer of each, in their order. */
    private static void assertSame(List<RecordedEvent> witnesses, String bytes, List<RecordedEvent> ours) {
        // the JDK has events of reads that want nothing and call nobody
        List<RecordedEvent> theirs = witnesses.stream().filter(event -> event.getLong(bytes) > 0).toList();
        assertThat(ours).hasSize(21).extracting(event -> event.getLong("bytes"))
                .containsExactlyElementsOf(theirs.stream().map(event -> event.getLong(bytes)).toList());
        assertThat(ours).extracting(event -> event.getThread().getJavaThreadId() + " " + event.getInt("remotePort"))
                .containsExactlyElementsOf(theirs.stream()
                        .map(event -> event.getThread().getJavaThreadId() + " " + event.getInt("port")).toList());
    }

    @Test
    void losses_are_in_the_statistics() throws IOException {
        Path recording = folder.resolve("lossy.jfr");
        try (App server = App.of(folder, EchoServer.class).start();
                App client = App.of(folder, Client.class, server.await("port "), folder.resolve("truth"), 1_000, 100, "mixed",
                        "told")
                        .jvm("-XX:StartFlightRecording:filename=" + recording)
                        .agent("start,snaplen=0,ring=64k,file=" + folder.resolve("lossy.pcapng")).start()) {
            client.startAnswer().assertOk();
            client.awaitNumber("operations ", 1_000);
            client.tell("finish");
            client.await("finished");
            Answer.Books stopped = client.command("stop").assertOk().books().assertClosed();
            assertThat(stopped.lost()).isPositive();
            client.tell("end");
            client.awaitEnd();

            RecordedEvent last = read(recording).get("netflight.CaptureStatistics").getLast();
            assertThat(new Answer.Books(last.getLong("matched"), last.getLong("emitted"), last.getLong("lost"),
                    last.getLong("dropped"), 0)).as("the last statistics").isEqualTo(stopped);
        }
    }

    /** Events by type, in the order of their ends. */
    private static Map<String, List<RecordedEvent>> read(Path recording) throws IOException {
        var events = new HashMap<String, List<RecordedEvent>>();
        for (RecordedEvent event : RecordingFile.readAllEvents(recording)) {
            events.computeIfAbsent(event.getEventType().getName(), name -> new ArrayList<>()).add(event);
        }
        events.values().forEach(list -> list.sort(Comparator.comparing(RecordedEvent::getEndTime)));
        return events;
    }
}
