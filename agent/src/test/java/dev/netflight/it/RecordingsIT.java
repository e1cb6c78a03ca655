package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import jdk.management.jfr.FlightRecorderMXBean;
import jdk.management.jfr.RemoteRecordingStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** On an armed JVM a recording whose settings name our events brings a capture with it, and takes it away. */
final class RecordingsIT {
    private static final Path JCMD = App.JAVA_HOME.resolve("bin/jcmd");

    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private Path folder;

    private Path settings;
    private Path profile;

    @BeforeEach
    void needs() {
        Needs.bpf();
        List<String> written = Run.well(App.JAVA_HOME.resolve("bin/java"), "-jar", App.jar(), "jfc", folder).lines().toList();
        settings = Path.of(written.getFirst());
        profile = Path.of(written.getLast());
    }

    @Test
    void a_plain_recording_brings_nothing() {
        try (App talker = armed()) {
            start(talker, "plain", "settings=profile");
            assertThat(talker.command("status").assertOk().text()).contains("armed: nothing is captured");
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
            stop(talker, "plain");
            assertThat(talker.err()).as("standard error").isEmpty();
        }
    }

    @Test
    void a_recording_that_names_events_has_them_and_the_last_one_takes_the_capture_away() throws IOException {
        Path file = folder.resolve("all.jfr");
        try (App talker = armed()) {
            start(talker, "all", "settings=default", "settings=" + profile);
            assertThat(talker.bpf().programs()).as("programs of the first recording").isNotEmpty();
            Bpftool.Objects held = talker.bpf();
            start(talker, "always", "settings=" + settings);
            assertThat(talker.bpf()).as("programs of the second").isEqualTo(held);
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            talker.tell("new");
            assertThat(talker.command("status").assertOk().text()).contains("asked by", "recordings all, always");
            talker.tell("say 1");
            talker.awaitNumber("said ", 11);
            stop(talker, "all", "filename=" + file);
            assertThat(talker.bpf()).as("the other one goes on").isEqualTo(held);
            stop(talker, "always");
            assertThat(talker.bpf().isEmpty()).as("BPF held after the last: %s", talker.bpf()).isTrue();
            assertThat(talker.command("status").assertOk().text()).contains("armed: nothing is captured");
            assertThat(talker.err()).as("standard error").isEmpty();
        }
        Map<String, List<RecordedEvent>> events = read(file);
        assertThat(events.get("netflight.SocketConnect")).hasSize(2);
        assertThat(events.get("netflight.SocketWrite")).hasSize(11);
        assertThat(events.get("netflight.SocketRead")).hasSize(11);
        assertThat(events.get("netflight.CaptureConfiguration")).isNotEmpty();
    }

    @Test
    void a_recording_installs_what_its_events_need_and_another_adds_what_it_lacks() throws IOException {
        Path file = folder.resolve("reads.jfr");
        try (App talker = armed()) {
            start(talker, "reads", "settings=none", "+netflight.SocketRead#enabled=true");
            Set<String> reads = Bpftool.attached(talker.bpf());
            assertThat(reads).contains("handle_state").isSubsetOf("handle_state", "handle_receive_end");
            assertThat(talker.command("status").assertOk().text())
                    .contains("not needed: no recording asks for what it gives").doesNotContain("netif_receive_skb");
            talker.tell("say 5");
            talker.awaitNumber("said ", 5);

            start(talker, "resets", "settings=none", "+netflight.Reset#enabled=true");
            assertThat(Bpftool.attached(talker.bpf())).containsAll(reads).contains("handle_reset_sent", "handle_reset_received")
                    .doesNotContain("handle_egress", "handle_ingress", "handle_drop");
            stop(talker, "resets");
            start(talker, "packets", "settings=none", "+netflight.Packet#enabled=true");
            assertThat(Bpftool.attached(talker.bpf())).containsAll(reads).contains("handle_egress", "handle_ingress");
            talker.tell("say 3");
            talker.awaitNumber("said ", 8);
            stop(talker, "packets");
            stop(talker, "reads", "filename=" + file);
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
            assertThat(talker.err()).as("standard error").isEmpty();
        }
        assertThat(read(file).get("netflight.SocketRead")).hasSize(8);
    }

    @Test
    void a_recording_of_lookups_attaches_no_kernel_program() {
        try (App talker = armed()) {
            start(talker, "lookups", "settings=none", "+netflight.DnsLookup#enabled=true");
            assertThat(talker.command("status").assertOk().text()).contains("OK capturing", "+ lookup");
            assertThat(talker.bpf().links()).isEmpty();
            stop(talker, "lookups");
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        }
    }

    @Test
    void an_explicit_capture_goes_on_when_the_recording_ends_and_the_recording_when_the_capture_does() {
        try (App talker = armed()) {
            talker.command("start").assertOk();
            start(talker, "net", "settings=" + settings);
            stop(talker, "net");
            assertThat(talker.command("status").assertOk().text()).startsWith("OK capturing");

            start(talker, "next", "settings=" + settings);
            assertThat(talker.command("stop").assertOk().text()).contains("capturing goes on for recording next");
            assertThat(talker.bpf().programs()).isNotEmpty();

            Path file = folder.resolve("told.pcapng");
            talker.command("start,file=" + file).assertOk();
            talker.tell("say 5");
            talker.awaitNumber("said ", 5);
            talker.command("stop").assertOk();
            assertThat(Tshark.packets(file)).filteredOn(packet -> packet.payloadLength() > 0).hasSize(10);
            stop(talker, "next");
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        }
    }

    @Test
    void a_capture_for_recordings_that_was_stopped_by_hand_stays_away_until_another_asks() {
        try (App talker = armed()) {
            start(talker, "first", "settings=" + settings);
            talker.command("stop").assertOk();
            start(talker, "plain", "settings=default");
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
            start(talker, "second", "settings=" + settings);
            assertThat(talker.bpf().programs()).isNotEmpty();
            stop(talker, "second");
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        }
    }

    @Test
    void a_recording_from_the_command_line_brings_the_capture_with_the_jvm() {
        try (App talker = ECHO.talker(folder)
                .jvm("-XX:StartFlightRecording:settings=" + settings).plainAgent("").start()) {
            talker.await("ready");
            await().atMost(Duration.ofSeconds(20)).until(() -> !talker.bpf().links().isEmpty());
            assertThat(talker.command("status").assertOk().text()).contains("asked by", "recording 1");
        }
    }

    @Test
    void mission_control_sees_the_events_of_an_armed_jvm_and_its_recording_brings_the_capture() throws Exception {
        try (App talker = armed()) {
            VirtualMachine jvm = VirtualMachine.attach(Long.toString(talker.pid()));
            try (JMXConnector connector = JMXConnectorFactory.connect(
                    new JMXServiceURL(jvm.startLocalManagementAgent()))) {
                MBeanServerConnection connection = connector.getMBeanServerConnection();
                FlightRecorderMXBean recorder = JMX.newMXBeanProxy(connection,
                        new ObjectName(FlightRecorderMXBean.MXBEAN_NAME), FlightRecorderMXBean.class);
                long recording = recorder.newRecording();
                await().atMost(Duration.ofSeconds(20)).until(() -> recorder.getEventTypes().stream()
                        .anyMatch(type -> type.getName().equals("netflight.SocketWrite")));
                recorder.setRecordingSettings(recording, Map.of("netflight.SocketWrite#enabled", "true"));
                assertThat(talker.bpf().isEmpty()).as("BPF held before the start: %s", talker.bpf()).isTrue();
                recorder.startRecording(recording);
                assertThat(talker.bpf().programs()).isNotEmpty();
                recorder.stopRecording(recording);
                assertThat(talker.bpf().isEmpty()).as("BPF held after the stop: %s", talker.bpf()).isTrue();
                recorder.closeRecording(recording);
            } finally {
                jvm.detach();
            }
        }
    }

    @Test
    void a_stream_from_another_jvm_brings_the_capture_and_has_its_events_as_they_happen() throws Exception {
        try (App talker = armed()) {
            VirtualMachine jvm = VirtualMachine.attach(Long.toString(talker.pid()));
            var written = new AtomicInteger();
            int port = ECHO.port();
            try (JMXConnector connector = JMXConnectorFactory.connect(
                    new JMXServiceURL(jvm.startLocalManagementAgent()));
                    var stream = new RemoteRecordingStream(connector.getMBeanServerConnection())) {
                stream.enable("netflight.SocketWrite").withoutThreshold();
                stream.onEvent("netflight.SocketWrite", write -> {
                    // the stream itself comes over sockets of that JVM, which are recorded as well
                    if (write.getInt("remotePort") == port) {
                        written.incrementAndGet();
                    }
                });
                stream.startAsync();
                assertThat(talker.bpf().programs()).isNotEmpty();
                talker.tell("say 5");
                talker.awaitNumber("said ", 5);
                await().atMost(Duration.ofSeconds(20)).until(() -> written.get() == 5);
            } finally {
                jvm.detach();
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> talker.bpf().isEmpty());
        }
    }

    @Test
    void where_no_capture_can_start_the_recording_goes_on_and_one_sentence_says_why() throws IOException {
        Path file = folder.resolve("without.jfr");
        try (App talker = ECHO.talker(folder).plainAgent("")
                .through("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-bpf,-perfmon,-sys_admin")
                .start()) {
            talker.await("ready");
            talker.command("status").assertOk();
            start(talker, "net", "settings=default", "settings=" + settings);
            start(talker, "plain", "settings=default");
            talker.tell("say 3");
            talker.awaitNumber("said ", 3);
            stop(talker, "net", "filename=" + file);
            assertThat(talker.err().lines().filter(line -> line.contains("Recording net goes on without Netflight's events:")))
                    .as("warnings in %s", talker.err()).hasSize(1);
        }
        assertThat(read(file)).as("JFR's own events").isNotEmpty().doesNotContainKey("netflight.SocketConnect");
    }

    private App armed() {
        App talker = ECHO.talker(folder).jvm("-XX:+EnableDynamicAgentLoading")
                .plainAgent("").start();
        talker.await("ready");
        // the agent is here, and has begun to watch
        talker.command("status").assertOk();
        return talker;
    }

    private static void start(App app, String name, String... settings) {
        Object[] command = new Object[settings.length + 4];
        command[0] = JCMD;
        command[1] = app.pid();
        command[2] = "JFR.start";
        command[3] = "name=" + name;
        System.arraycopy(settings, 0, command, 4, settings.length);
        assertThat(Run.well(command)).contains("Started recording");
    }

    private static void stop(App app, String name, String... more) {
        Object[] command = new Object[more.length + 4];
        command[0] = JCMD;
        command[1] = app.pid();
        command[2] = "JFR.stop";
        command[3] = "name=" + name;
        System.arraycopy(more, 0, command, 4, more.length);
        assertThat(Run.well(command)).contains("Stopped recording");
    }

    private static Map<String, List<RecordedEvent>> read(Path file) throws IOException {
        assertThat(Files.size(file)).isPositive();
        return RecordingFile.readAllEvents(file).stream()
                .collect(Collectors.groupingBy(event -> event.getEventType().getName()));
    }
}
