package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Habits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the time of a call went is what the packets of the same run say, as tshark reads them. */
final class LatenciesIT {
    private static final int CALLS = 60;
    /** A time that JFR's readers show as N/A. */
    private static final long UNKNOWN = Long.MIN_VALUE;
    /** Seconds since 1970 as a double are exact to a quarter of a microsecond. */
    private static final Offset<Double> EXACT = within(2e-6);

    @TempDir
    private Path folder;

    private final Map<Long, List<CapturedPacket>> packetsOf = new HashMap<>();
    private final Map<Long, Integer> bytesOf = new HashMap<>();
    private final List<CapturedPacket> inbound = new ArrayList<>();
    private Map<Long, String> acknowledgements;
    private int hidden;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void the_times_of_a_write_and_of_a_read_are_those_of_its_packets_and_acknowledgements() throws IOException {
        Path capture = folder.resolve("latencies.pcapng");
        Path recording = folder.resolve("latencies.jfr");
        try (Network network = Network.of(Link.SHAPED);
                App peer = App.of(folder, EchoServer.class, network.peerAddress()).through(network.there()).start();
                App app = App.of(folder, Habits.class, network.peerAddress(), peer.await("port ")).through(network.here())
                        .jvm("-XX:StartFlightRecording:name=net,filename=" + recording + ",settings=none,"
                                + "+netflight.WriteLatency#enabled=true,+netflight.ReadLatency#enabled=true")
                        .agent("start,file=" + capture).start()) {
            app.startAnswer().assertOk();
            app.tell("bulk " + CALLS);
            app.await("done bulk");
            app.command("stop").assertOk().books().assertClosed();
            Run.well(App.JAVA_HOME.resolve("bin/jcmd"), app.pid(), "JFR.stop", "name=net");
        }
        assertThat(PcapngFile.read(capture).assertBooks().lost()).as("lost").isZero();
        for (CapturedPacket packet : Tshark.packets(capture)) {
            if (packet.payloadLength() > 0) {
                assertThat(packet.operations()).as("operations of %s", packet).isNotEmpty();
                for (CapturedOperation operation : packet.operations()) {
                    packetsOf.computeIfAbsent(operation.number(), number -> new ArrayList<>()).add(packet);
                    bytesOf.merge(operation.number(), operation.bytes(), Integer::sum);
                }
            }
            if (!packet.outbound()) {
                inbound.add(packet);
            }
        }
        acknowledgements = Tshark.values(capture, "tcp.ack_raw");

        List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
        List<RecordedEvent> writes = only(events, "netflight.WriteLatency");
        assertThat(writes).hasSize(CALLS).allSatisfy(this::assertWrite);
        assertThat(writes).as("writes that left after their call").anyMatch(write ->
                write.getLong("lastOnWire") > write.getLong("inCall"));
        assertThat(only(events, "netflight.ReadLatency")).isNotEmpty().allSatisfy(this::assertRead);
        assertThat(hidden).as("calls with packets that the kernel hid").isLessThanOrEqualTo(2);
    }

    /**
     * Whether each byte of a call was captured once. The kernel of some machines hides up to one packet in a thousand from all
     * programs: then bytes are in no packet of the file, and no time is made up for them. Where one side is held up for long the
     * other sends some of them a second time.
     */
    private boolean isWhole(RecordedEvent call, String first, String last) {
        long captured = bytesOf.getOrDefault(call.getLong("operationId"), 0);
        long bytes = call.getLong("bytes");
        if (captured < bytes) {
            hidden++;
            assertThat(List.of(call.getLong(first), call.getLong(last))).as("%s", call).contains(UNKNOWN);
        } else {
            assertThat(call.getBoolean("repeated")).as("%s", call).isEqualTo(captured > bytes);
        }
        return captured == bytes;
    }

    private void assertWrite(RecordedEvent write) {
        if (!isWhole(write, "firstOnWire", "lastOnWire")) {
            return;
        }
        List<CapturedPacket> packets = packetsOf.get(write.getLong("operationId"));
        CapturedPacket last = packets.getLast();
        int end = last.seq() + last.payloadLength();
        CapturedPacket answer = inbound.stream()
                .filter(packet -> (int) Long.parseLong(acknowledgements.get(packet.id()).strip()) - end >= 0).findFirst().orElseThrow();
        assertThat(write.getLong("bytes")).isEqualTo(16 * 1024);
        assertThat(write.getString("frame")).startsWith("dev.netflight.it.app.Habits.echo(");
        assertThat(write.getLong("firstOnWire")).isPositive();
        assertThat((write.getLong("lastOnWire") - write.getLong("firstOnWire")) / 1e9)
                .isEqualTo(last.seconds() - packets.getFirst().seconds(), EXACT);
        assertThat((write.getLong("acknowledged") - write.getLong("lastOnWire")) / 1e9)
                .isEqualTo(answer.seconds() - last.seconds(), EXACT);
    }

    private void assertRead(RecordedEvent read) {
        if (!isWhole(read, "sinceFirst", "sinceLast")) {
            return;
        }
        List<CapturedPacket> packets = packetsOf.get(read.getLong("operationId"));
        assertThat(read.getLong("sinceLast")).isPositive();
        assertThat((read.getLong("sinceFirst") - read.getLong("sinceLast")) / 1e9)
                .isEqualTo(packets.getLast().seconds() - packets.getFirst().seconds(), EXACT);
    }

    private static List<RecordedEvent> only(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    }
}
