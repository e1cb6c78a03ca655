package dev.netflight.sink.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.hook.OperationListener;
import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(120)
class JfrSinkTest {
    static final JfrSettings SETTINGS = new JfrSettings("1.2.3", "start,file=/tmp/x.pcapng", "/tmp/x.pcapng",
            "tcp port 80", 128, "any", "inout", "process", "all", 64, "tracepoint tcp_probe, SocketDispatcher.read", true);
    static final Counters COUNTERS = new Counters(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

    private final CaptureAnchor anchor = CaptureAnchor.now();
    private JfrSink sink;

    @TempDir
    Path folder;

    @AfterEach
    void closeSink() {
        if (sink != null) {
            sink.close(null);
        }
    }

    private JfrSink open() {
        sink = JfrSink.open(SETTINGS, anchor, wanted -> { }, () -> { });
        return sink;
    }

    @Test
    void an_operations_event_has_the_thread_and_the_stack_of_the_call() throws Exception {
        var events = record(recording -> {
            try (var hook = new HookOverMemory(open().operations())) {
                hook.call(OperationKind.WRITE, 1_380);
                Thread virtual = Thread.ofVirtual().name("virtual-7").start(() -> hook.call(OperationKind.READ, 16));
                virtual.join();
            }
        });

        RecordedEvent write = only(events, "netflight.SocketWrite");
        assertThat(write.getThread().getJavaName()).isEqualTo(Thread.currentThread().getName());
        assertThat(frames(write)).first().isEqualTo(HookOverMemory.class.getName() + ".call");
        assertThat(frames(write)).anyMatch(frame -> frame.startsWith(JfrSinkTest.class.getName()));
        assertThat(frames(write)).noneMatch(frame -> frame.contains("NetflightHook1")
                || frame.contains("SocketHook") || frame.contains("JfrOperations"));
        RecordedEvent read = only(events, "netflight.SocketRead");
        assertThat(read.getThread().getJavaName()).isEqualTo("virtual-7");
        assertThat(read.getThread().isVirtual()).isTrue();
        assertThat(frames(read)).first().isEqualTo(HookOverMemory.class.getName() + ".call");
    }

    @Test
    void each_kind_of_operation_has_its_event_with_all_that_the_kernel_said() throws Exception {
        long[] numbers = new long[OperationKind.values().length + 1];
        var events = record(recording -> {
            try (var hook = new HookOverMemory(open().operations())) {
                for (OperationKind kind : OperationKind.values()) {
                    numbers[kind.code] = hook.call(kind, 1);
                }
            }
        });

        assertThat(events.stream().map(JfrSinkTest::name).filter(name -> name.startsWith("netflight.Socket")).toList())
                .containsExactlyInAnyOrder("netflight.SocketConnect", "netflight.SocketAccept", "netflight.SocketRead",
                        "netflight.SocketWrite", "netflight.SocketWrite", "netflight.SocketClose", "netflight.SocketClose");
        assertThat(only(events, "netflight.DatagramSend").getLong("operationId")).isEqualTo(numbers[OperationKind.SEND.code]);
        assertThat(only(events, "netflight.DatagramSend").getLong("bytes")).isEqualTo(1);
        assertThat(only(events, "netflight.DatagramReceive").getLong("bytes")).isEqualTo(1);
        assertThat(only(events, "netflight.DatagramReceive").getString("remoteAddress")).isEqualTo("192.0.2.1");
        for (RecordedEvent event : events) {
            if (name(event).startsWith("netflight.Socket")) {
                assertThat(event.getLong("connectionId")).isEqualTo(HookOverMemory.COOKIE);
                assertThat(event.getString("remoteAddress")).isEqualTo("192.0.2.1");
                assertThat(event.getInt("remotePort")).isEqualTo(443);
                assertThat(event.getInt("localPort")).isEqualTo(50_000);
                assertThat(event.getDuration("smoothedRtt")).isEqualTo(Duration.of(1_250, ChronoUnit.MICROS));
                assertThat(event.getInt("congestionWindow")).isEqualTo(10);
            }
        }
        assertThat(only(events, "netflight.SocketConnect").getBoolean("established")).isTrue();
        assertThat(only(events, "netflight.SocketConnect").getLong("operationId"))
                .isEqualTo(numbers[OperationKind.CONNECT.code]);
        assertThat(only(events, "netflight.SocketRead").getLong("bytes")).isEqualTo(1);
        assertThat(only(events, "netflight.SocketRead").getBoolean("endOfStream")).isFalse();
        assertThat(kinds(events, "netflight.SocketWrite")).containsExactlyInAnyOrder("write", "sendfile");
        assertThat(kinds(events, "netflight.SocketClose")).containsExactlyInAnyOrder("close", "shutdown");
    }

    @Test
    void the_end_of_the_stream_moves_no_bytes() throws Exception {
        var events = record(recording -> {
            try (var hook = new HookOverMemory(open().operations())) {
                hook.call(OperationKind.READ, -1);
            }
        });
        assertThat(only(events, "netflight.SocketRead").getBoolean("endOfStream")).isTrue();
        assertThat(only(events, "netflight.SocketRead").getLong("bytes")).isZero();
    }

    @Test
    void an_operation_that_was_not_captured_has_no_event() throws Exception {
        var events = record(recording -> {
            try (var hook = new HookOverMemory(open().operations())) {
                hook.uncaptured(OperationKind.WRITE);
            }
        });
        assertThat(events).noneMatch(event -> name(event).startsWith("netflight.Socket"));
    }

    @Test
    void a_recording_chooses_events_and_thresholds() throws Exception {
        var events = record(recording -> {
            recording.disable("netflight.SocketRead");
            recording.enable("netflight.SocketWrite").withThreshold(Duration.ofMinutes(1));
            OperationListener operations = open().operations();
            assertThat(operations.operationStarted(OperationKind.READ.code)).isNull();
            try (var hook = new HookOverMemory(operations)) {
                hook.call(OperationKind.READ, 1);
                hook.call(OperationKind.WRITE, 1);
                hook.call(OperationKind.CLOSE, 0);
            }
        });
        assertThat(events.stream().map(JfrSinkTest::name).filter(name -> name.startsWith("netflight.Socket")).toList())
                .containsExactly("netflight.SocketClose");
    }

    @Test
    void an_operation_costs_no_memory_while_nothing_is_recorded() {
        // Registered, as in a JVM that recorded once.
        FlightRecorder.getFlightRecorder();
        OperationListener operations = open().operations();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            operations.operationStarted(OperationKind.WRITE.code);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    @Test
    void packets_are_recorded_only_where_asked_for() throws Exception {
        var packet = packet();
        assertThat(record(recording -> open().packet(packet))).noneMatch(event -> name(event).equals("netflight.Packet"));
        sink.close(null);

        var events = record(recording -> {
            recording.enable("netflight.Packet");
            open().packet(packet);
        });
        RecordedEvent event = only(events, "netflight.Packet");
        assertThat(event.getLong("packetNumber")).isEqualTo(17);
        assertThat(event.getLong("connectionId")).isEqualTo(9);
        assertThat(event.getLong("operationId")).isEqualTo(918_273);
        assertThat(event.getInt("operations")).isEqualTo(1);
        assertThat(event.getString("direction")).isEqualTo("outbound");
        assertThat(event.getString("networkInterface")).isEqualTo("lo");
        assertThat(event.getInt("length")).isEqualTo(1_514);
        assertThat(event.getInt("payload")).isEqualTo(1_448);
        assertThat(event.getString("protocol")).isEqualTo("TCP");
        assertThat(event.getString("tcpFlags")).isEqualTo("P.");
        assertThat(event.getLong("tcpSequence")).isEqualTo(0xffff_fff0L);
        assertThat(event.getString("remoteAddress")).isEqualTo("2001:db8::1");
        assertThat(event.getString("javaThread")).isEqualTo("http-worker-3");
        assertThat(event.getLong("javaThreadId")).isEqualTo(41);
        assertThat(event.getString("frame")).isEqualTo("com.acme.OrderClient.post(OrderClient.java:88)");
        assertThat(event.getString("attribution")).isEqualTo("exact");
        assertThat(event.getStackTrace()).isNull();
        Instant passed = event.getStartTime().minus(event.getDuration("age"));
        assertThat(Duration.between(passed, wall(packet.monoNanos)).abs()).isLessThan(Duration.ofMillis(50));
    }

    @Test
    void a_packet_of_a_known_connection_names_the_last_owner_without_a_frame() throws Exception {
        var packet = packet();
        packet.clearOperations();
        packet.attribution = Attribution.CONNECTION;
        var events = record(recording -> {
            recording.enable("netflight.Packet");
            open().packet(packet);
        });
        RecordedEvent event = only(events, "netflight.Packet");
        assertThat(event.getString("attribution")).isEqualTo("connection");
        assertThat(event.getString("javaThread")).isEqualTo("http-worker-4");
        assertThat(event.getString("frame")).isNull();
        assertThat(event.getLong("operationId")).isZero();
    }

    @Test
    void a_connections_event_tells_its_whole_life() throws Exception {
        Connection connection = packet().connection;
        connection.openedMonoNanos = anchor.monoNanos() + 1_000_000_000L;
        connection.closedMonoNanos = anchor.monoNanos() + 3_500_000_000L;
        connection.opener = operation();
        connection.closeReason = "reset by peer";
        connection.bytesSent = 1_000_000;
        connection.wireBytesReceived = 2_000_000;
        connection.retransmissions = 3;
        connection.minRttMicros = 900;
        var events = record(recording -> open().connectionEnded(connection));

        RecordedEvent event = only(events, "netflight.Connection");
        assertThat(event.getLong("connectionId")).isEqualTo(9);
        assertThat(event.getLong("operationId")).isEqualTo(918_273);
        assertThat(event.getInstant("openedAt"))
                .isEqualTo(wall(connection.openedMonoNanos).truncatedTo(ChronoUnit.MILLIS));
        assertThat(event.getDuration("lifetime")).isEqualTo(Duration.ofMillis(2_500));
        assertThat(event.getString("closeReason")).isEqualTo("reset by peer");
        assertThat(event.getString("openerThread")).isEqualTo("http-worker-3");
        assertThat(event.getString("openerFrame")).isEqualTo("com.acme.OrderClient.post(OrderClient.java:88)");
        assertThat(event.getString("lastOwner")).isEqualTo("http-worker-4");
        assertThat(event.getLong("bytesSent")).isEqualTo(1_000_000);
        assertThat(event.getLong("wireBytesReceived")).isEqualTo(2_000_000);
        assertThat(event.getInt("retransmissions")).isEqualTo(3);
        assertThat(event.getDuration("leastRtt")).isEqualTo(Duration.of(900, ChronoUnit.MICROS));
    }

    @Test
    void the_configuration_is_in_a_recording_that_began_before_and_in_one_that_began_after() throws Exception {
        var before = record(recording -> open());
        RecordedEvent event = only(before, "netflight.CaptureConfiguration");
        assertThat(event.getString("version")).isEqualTo("1.2.3");
        assertThat(event.getString("options")).isEqualTo("start,file=/tmp/x.pcapng");
        assertThat(event.getString("filter")).isEqualTo("tcp port 80");
        assertThat(event.getInt("snaplen")).isEqualTo(128);
        assertThat(event.getString("kernel")).startsWith("Linux ");
        assertThat(event.getInstant("startedAt")).isEqualTo(wall(anchor.monoNanos()).truncatedTo(ChronoUnit.MILLIS));

        var after = record(recording -> { });
        only(after, "netflight.CaptureConfiguration");
    }

    @Test
    void the_final_counters_are_in_the_recording() throws Exception {
        var events = record(recording -> {
            open().close(COUNTERS);
            sink.close(COUNTERS);
        });
        RecordedEvent event = only(events, "netflight.CaptureStatistics");
        assertThat(Stream.of("matched", "emitted", "lost", "dropped", "unattributed", "recordsLost", "recursionMisses",
                        "operations", "operationsDropped", "connectionsEvicted", "rangesEvicted", "bytesWritten")
                .map(event::getLong)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
    }

    @Test
    void a_stream_sees_the_counters_as_they_grow() throws Exception {
        var seen = new CountDownLatch(1);
        try (var stream = new RecordingStream()) {
            stream.enable("netflight.CaptureStatistics").withPeriod(Duration.ofMillis(100));
            stream.onEvent("netflight.CaptureStatistics", event -> {
                if (event.getLong("emitted") == 2) {
                    seen.countDown();
                }
            });
            stream.startAsync();
            open().statistics(COUNTERS);
            assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void after_the_capture_jfr_knows_nothing_of_us_until_the_next_one() throws Exception {
        FlightRecorder.getFlightRecorder();
        open();
        assertThat(registered()).hasSize(Probes.CLASSES.size());
        sink.close(COUNTERS);
        assertThat(registered()).isEmpty();

        var events = record(recording -> {
            open().close(COUNTERS);
            open().close(COUNTERS);
        });
        assertThat(events.stream().filter(event -> name(event).equals("netflight.CaptureStatistics"))).hasSize(2);
        assertThat(registered()).isEmpty();
    }

    @Test
    void jfr_is_left_alone_until_the_application_uses_it() throws Exception {
        Path file = folder.resolve("later.jfr");
        String classPath = Stream.of(JfrSink.class, JfrSinkTest.class, dev.netflight.jfr.SocketRead.class)
                .map(type -> Path.of(java.net.URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString())).toString())
                .distinct().collect(Collectors.joining(":"));
        String output = run(java("java"), "-cp", classPath + ":" + System.getProperty("java.class.path"),
                "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED", IdleJvm.class.getName(), file.toString());

        assertThat(output.lines()).containsExactly(
                "in use false, event false", "in use true, event true", "opener TERMINATED");
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        only(events, "netflight.CaptureConfiguration");
        only(events, "netflight.CaptureStatistics");
    }

    @Test
    void the_jdks_tool_and_mission_controls_parser_read_the_recording() throws Exception {
        Path file = folder.resolve("all.jfr");
        record(file, recording -> {
            recording.enable("netflight.Packet");
            try (var hook = new HookOverMemory(open().operations())) {
                hook.call(OperationKind.WRITE, 1_380);
            }
            sink.packet(packet());
            sink.connectionEnded(packet().connection);
        });

        assertThat(run(java("jfr"), "summary", file.toString())).containsPattern("netflight.SocketWrite +1 ");
        assertThat(run(java("jfr"), "metadata", "--events", "netflight.*", file.toString()))
                .contains("@Name(\"netflight.Packet\")", "@Label(\"Smoothed RTT\")");
        assertThat(run(java("jfr"), "print", "--events", "netflight.SocketWrite", file.toString()))
                .contains("bytes = 1.3 kB", "smoothedRtt = 1.25 ms", "HookOverMemory.call(OperationKind, long)");
        var events = JfrLoaderToolkit.loadEvents(file.toFile());
        for (String type : List.of("netflight.SocketWrite", "netflight.Packet", "netflight.Connection")) {
            assertThat(events.apply(ItemFilters.type(type)).hasItems()).as(type).isTrue();
        }
    }

    private interface Work {
        void during(Recording recording) throws Exception;
    }

    private List<RecordedEvent> record(Work work) throws Exception {
        return record(Files.createTempFile(folder, "test", ".jfr"), work);
    }

    private static List<RecordedEvent> record(Path file, Work work) throws Exception {
        try (var recording = new Recording()) {
            recording.start();
            work.during(recording);
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file);
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name) {
        List<RecordedEvent> found = events.stream().filter(event -> name(event).equals(name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.getFirst();
    }

    private static String name(RecordedEvent event) {
        return event.getEventType().getName();
    }

    private static List<String> kinds(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> name(event).equals(name)).map(event -> event.getString("kind")).toList();
    }

    private static List<String> frames(RecordedEvent event) {
        return event.getStackTrace().getFrames().stream().map(RecordedFrame::getMethod)
                .map(method -> method.getType().getName() + "." + method.getName()).toList();
    }

    private static List<String> registered() {
        return FlightRecorder.getFlightRecorder().getEventTypes().stream().map(EventType::getName)
                .filter(name -> name.startsWith("netflight.")).toList();
    }

    private Instant wall(long monoNanos) {
        long nanos = anchor.wallNanos(monoNanos);
        return Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L);
    }

    private static Operation operation() {
        var thread = new JavaThread("http-worker-3", 41, false, null, 4260, "http-worker-3");
        var stack = new JavaStack(List.of("java.base/sun.nio.ch.SocketDispatcher.write(SocketDispatcher.java:65)",
                "com.acme.OrderClient.post(OrderClient.java:88)"), 1, false);
        return new Operation(918_273, OperationKind.WRITE, thread, stack, 9, 1_448, List.of());
    }

    private static Packet packet() {
        var connection = new Connection(9);
        try {
            connection.localAddress = InetAddress.getByName("2001:db8::2");
            connection.remoteAddress = InetAddress.getByName("2001:db8::1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connection.remotePort = 443;
        connection.lastOwner = new JavaThread("http-worker-4", 42, false, null, 4261, "http-worker-4");
        var packet = new Packet();
        packet.number = 17;
        packet.monoNanos = System.nanoTime() - 1_000_000;
        packet.networkInterface = new NetworkInterface(0, 1, "lo", "loopback");
        packet.direction = Direction.OUTBOUND;
        packet.originalLength = 1_514;
        packet.payloadLength = 1_448;
        packet.protocol = 6;
        packet.tcpSeq = 0xffff_fff0;
        packet.tcpFlags = 0x18;
        packet.connection = connection;
        packet.attribution = Attribution.EXACT;
        packet.addOperation(operation(), 1_448);
        return packet;
    }

    private static String java(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    private String run(String... command) throws Exception {
        Path out = Files.createTempFile(folder, "tool", ".out");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String output = Files.readString(out);
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
