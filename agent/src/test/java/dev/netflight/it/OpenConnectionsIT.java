package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** No connection is missing in a recording, whether it ended before it or goes on. */
final class OpenConnectionsIT {
    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void a_connection_that_is_open_when_the_recording_stops_is_there_with_what_it_has_carried() throws IOException {
        Path recording = folder.resolve("open.jfr");
        try (App talker = ECHO.talker(folder).plainAgent("").start()) {
            talker.await("ready");
            talker.command("status").assertOk();
            Path jcmd = App.JAVA_HOME.resolve("bin/jcmd");
            Run.well(jcmd, talker.pid(), "JFR.start", "name=net", "settings=none", "+netflight.OpenConnection#enabled=true",
                    "+netflight.Connection#enabled=true");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            Run.well(jcmd, talker.pid(), "JFR.stop", "name=net", "filename=" + recording);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
        assertThat(events).extracting(event -> event.getEventType().getName()).doesNotContain("netflight.Connection");
        List<RecordedEvent> found = events.stream()
                .filter(event -> event.getEventType().getName().equals("netflight.OpenConnection")).toList();
        assertThat(found).hasSize(1);
        RecordedEvent open = found.getFirst();
        assertThat(open.getString("closeReason")).isNull();
        assertThat(open.getString("openerFrame")).contains("Talker.main(");
        assertThat(open.getLong("packetsSent")).isGreaterThanOrEqualTo(10);
        assertThat(open.getLong("bytesSent")).isEqualTo(open.getLong("bytesReceived")).isEqualTo(9 * 10 + 11);
    }

    @RepeatedTest(4)
    void connections_are_there_when_the_jvm_ends_and_with_it_the_recording() throws IOException {
        Path recording = folder.resolve("exit.jfr");
        try (App talker = ECHO.talker(folder)
                .jvm("-XX:StartFlightRecording:filename=" + recording).agent("start").start()) {
            talker.startAnswer().assertOk();
            talker.tell("say 1");
            talker.awaitNumber("said ", 1);
            talker.tell("new");
            talker.tell("say 1");
            talker.awaitNumber("said ", 2);
            talker.endInput();
            talker.awaitEnd();
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
        assertThat(events.stream().filter(event -> event.getEventType().getName().equals("netflight.Connection")))
                .as("connections").hasSize(2);
        RecordedEvent last = events.stream().filter(event -> event.getEventType().getName()
                .equals("netflight.CaptureStatistics")).max(Comparator.comparing(RecordedEvent::getEndTime)).orElseThrow();
        assertThat(last.getLong("emitted")).isPositive().isEqualTo(last.getLong("matched"));
    }
}
