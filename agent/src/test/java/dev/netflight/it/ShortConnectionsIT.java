package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.ShortConnections;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server's daily bread: thousands of connections a second, each with a handshake, an accept, a read, a write and an end. */
final class ShortConnectionsIT {
    private static final int CONNECTIONS = 5_000;
    /** The virtual kernel of some machines works on a few packets where it runs no BPF program. */
    private static final int SEEN = CONNECTIONS - CONNECTIONS / 1_000;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
        Needs.tool("tshark");
    }

    @Test
    void each_syn_has_its_connect_each_accepted_connection_its_accept_and_no_data_is_without_a_cause() {
        Path file = folder.resolve("short.pcapng");
        try (App app = App.of(folder, ShortConnections.class, CONNECTIONS).agent("start,ring=256m,file=" + file).start()) {
            app.startAnswer().assertOk();
            app.await("done");
            System.out.println(CONNECTIONS + " connections took " + app.await("took ") + " ms");
            Answer status = app.command("status").assertOk();
            assertThat(status.text()).as("nothing was evicted or lost").doesNotContain("other losses");
            assertTablesEmpty(app);
            app.command("stop").assertOk().books().assertClosed();
        }
        assertThat(PcapngFile.read(file).assertInOrder().assertBooks().lost()).isZero();

        Map<String, Set<Long>> operations = new HashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        Tshark.packetsWithPayload(file, packet -> {
            String kind = kind(packet);
            counts.merge(kind, 1, Integer::sum);
            packet.operations().forEach(operation ->
                    operations.computeIfAbsent(kind + " by " + operation.kind() + ' ' + operation.leaf(),
                            cause -> new HashSet<>()).add(operation.number()));
            if (packet.operations().isEmpty()) {
                counts.merge(kind + " without a cause", 1, Integer::sum);
            }
        });
        System.out.println(counts);
        // a SYN that found the queue full was sent again; it still is of one connect
        assertCauses(operations, "out SYN", "connect ShortConnections.connectTo");
        assertCauses(operations, "in SYN", "accept ShortConnections.acceptOne");
        assertCauses(operations, "out SYN-ACK", "accept ShortConnections.acceptOne");
        assertCauses(operations, "in SYN-ACK", "connect ShortConnections.connectTo");
        for (String way : new String[] {"out data", "in data"}) {
            String does = way.startsWith("out") ? "write ShortConnections.write" : "read ShortConnections.read";
            assertThat(counts).as("%s without a cause", way).doesNotContainKey(way + " without a cause");
            assertThat(operations.keySet().stream().filter(cause -> cause.startsWith(way))).as("causes of %s", way)
                    .containsExactlyInAnyOrder(way + " by " + does + "Request", way + " by " + does + "Answer");
            assertThat(operations.get(way + " by " + does + "Request")).hasSizeGreaterThanOrEqualTo(SEEN);
            assertThat(operations.get(way + " by " + does + "Answer")).hasSizeGreaterThanOrEqualTo(SEEN);
        }
    }

    private static void assertCauses(Map<String, Set<Long>> operations, String kind, String cause) {
        assertThat(operations.keySet().stream().filter(each -> each.startsWith(kind + " by"))).as("causes of %s", kind)
                .containsExactly(kind + " by " + cause);
        assertThat(operations.get(kind + " by " + cause)).as("operations of %s", kind).hasSizeBetween(SEEN, CONNECTIONS);
    }

    private static String kind(CapturedPacket packet) {
        String way = packet.outbound() ? "out " : "in ";
        if (packet.has(CapturedPacket.SYN)) {
            return way + (packet.has(CapturedPacket.ACK) ? "SYN-ACK" : "SYN");
        }
        return way + (packet.payloadLength() > 0 ? "data"
                : packet.has(CapturedPacket.FIN) ? "FIN" : packet.has(CapturedPacket.RST) ? "RST" : "ACK");
    }

    /** The kernel's table of tuples counts its entries by port. */
    private static void assertTablesEmpty(App app) {
        Awaitility.await("all connections forgotten by the kernel programs").atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(500)).until(() -> Bpftool.entries(app.bpf(), "overflow") == 0
                        && Bpftool.entries(app.bpf(), "connecting") == 0 && Bpftool.entries(app.bpf(), "listeners") == 0
                        && Bpftool.portsInUse(app.bpf()) == 0);
    }
}
