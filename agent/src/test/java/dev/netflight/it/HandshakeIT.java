package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Endpoint;
import dev.netflight.it.app.ManyBytes;
import dev.netflight.it.app.OnePort;
import dev.netflight.it.app.PortAgain;
import dev.netflight.it.app.ResetInQueue;
import dev.netflight.it.app.Unanswered;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that begin in other ways than by one SYN, one answer and an accept; and one that is very long. */
final class HandshakeIT {
    private static final int AGAIN = 30;
    private static final long BYTES = (1L << 32) + (200L << 20);

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
        Needs.tool("tshark");
    }

    private Path file() {
        return folder.resolve("handshake.pcapng");
    }

    private List<CapturedPacket> syns(boolean outbound) {
        return Tshark.packets(file()).stream()
                .filter(packet -> packet.hasOnly(CapturedPacket.SYN) && packet.outbound() == outbound).toList();
    }

    @Test
    void connections_that_use_a_port_again_at_once_have_each_its_own_connect_and_its_own_bytes() {
        try (App server = App.of(folder, EchoServer.class).start();
                App app = App.of(folder, PortAgain.class, server.await("port "), AGAIN).agent("start,file=" + file()).start()) {
            app.awaitEnd();
            assertThat(app.out()).contains("done");
        }
        List<CapturedPacket> syns = syns(true);
        assertThat(syns).hasSize(AGAIN);
        assertThat(syns).extracting(CapturedPacket::sourcePort).as("the port").containsOnly(syns.getFirst().sourcePort());
        for (int i = 0; i < AGAIN; i++) {
            assertThat(syns.get(i).causes()).isEqualTo("[connect again-" + i + " PortAgain.connectAgain]");
        }
        List<CapturedPacket> data = Tshark.packets(file()).stream().filter(packet -> packet.payloadLength() > 0).toList();
        assertThat(data).hasSize(2 * AGAIN);
        for (int i = 0; i < AGAIN; i++) {
            assertThat(data.get(2 * i).causes()).startsWith("[write again-" + i + ' ');
            assertThat(data.get(2 * i + 1).causes()).startsWith("[read again-" + i + ' ');
        }
    }

    @Test
    void a_connection_that_was_reset_before_its_accept_leaves_its_port_to_the_next() {
        try (App app = App.of(folder, ResetInQueue.class).agent("start,file=" + file()).start()) {
            app.awaitEnd();
            assertThat(app.out()).contains("done");
        }
        assertThat(syns(false)).hasSize(2).extracting(CapturedPacket::causes)
                .containsOnly("[accept main ResetInQueue.acceptHere]");
        List<CapturedPacket> taken = Tshark.packets(file()).stream()
                .filter(packet -> packet.payloadLength() > 0 && !packet.outbound()).toList();
        assertThat(taken).hasSize(4);
        for (int i = 0; i < taken.size(); i++) {
            assertThat(taken.get(i).causes()).startsWith("[read takes-" + (i + 1) + ' ');
        }
    }

    /** A connect with a timeout of Java's, and one that waits in the kernel until that gives up. */
    @ParameterizedTest(name = "{0} ms of patience, ended by {1}")
    @CsvSource({"1500,SocketTimeoutException", "0,ConnectException"})
    void each_syn_that_nobody_answers_has_its_connect(int millis, String end) {
        try (Network network = Network.of(Link.VETH)) {
            // the peer does not route; after a few SYNs the kernel gives up
            String here = String.join(" ", network.here());
            Run.well("sh", "-c", here + " ip route add 10.99.0.0/24 via " + network.peerAddress());
            Run.well("sh", "-c", here + " sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_syn_retries'");
            try (App app = App.of(folder, Unanswered.class, "10.99.0.1", millis).through(network.here())
                    .agent("start,file=" + file()).start()) {
                app.awaitEnd();
                assertThat(app.await("ended ")).isEqualTo(end);
            }
        }
        assertThat(syns(true)).hasSizeGreaterThanOrEqualTo(2).extracting(CapturedPacket::causes)
                .containsOnly("[connect unanswered Unanswered.connectInVain]");
    }

    @Test
    void connections_accepted_by_syn_cookies_have_their_accept() {
        Path cookies = Path.of("/proc/sys/net/ipv4/tcp_syncookies");
        assumeTrue(Files.exists(cookies), "left out: this kernel has no SYN cookies");
        Path truth = folder.resolve("endpoint.truth");
        try (Network network = Network.of(Link.VETH)) {
            Run.well("sh", "-c", String.join(" ", network.here()) + " sh -c 'echo 2 > " + cookies + "'");
            try (App peer = App.of(folder, Endpoint.class, network.peerAddress(), "-").through(network.there()).start();
                    App app = App.of(folder, Endpoint.class, network.ownAddress(), truth).through(network.here())
                            .agent("start,snaplen=0,file=" + file()).start()) {
                new Talk(app, peer).connect(network).talk(20_000).end();
                app.awaitEnd();
            }
        }
        assertThat(syns(false)).hasSize(9).allSatisfy(packet -> assertThat(packet.causes()).startsWith("[accept "));
        new GroundTruth(truth).judge(file(), Long.MIN_VALUE / 2).assertNothingWrong().assertKnown();
    }

    @Test
    void a_port_keeps_its_listener_when_another_at_the_same_port_is_closed() {
        try (App app = App.of(folder, OnePort.class).agent("start,file=" + file()).start()) {
            app.awaitEnd();
        }
        assertThat(syns(false)).singleElement().extracting(CapturedPacket::causes).isEqualTo("[accept main OnePort.acceptHere]");
        assertThat(syns(true)).singleElement().extracting(CapturedPacket::causes).asString().startsWith("[connect connecting ");
    }

    @Test
    void a_connection_that_carries_more_than_4_gib_keeps_its_causes() {
        try (App server = App.of(folder, ManyBytes.class, BYTES).start();
                App app = App.of(folder, ManyBytes.class, server.await("port "), BYTES)
                        .agent("start,direction=out,stacks=off,ring=256m,file=" + file()).start()) {
            app.awaitEnd();
            server.await("took");
        }
        var sum = new long[3];
        Tshark.packetsWithPayload(file(), packet -> {
            if (packet.payloadLength() > 0) {
                sum[0] += packet.payloadLength();
                sum[1] += packet.operations().stream().mapToLong(CapturedOperation::bytes).sum();
                // the last one also carries the FIN, which is the shutdown's
                sum[2] += packet.operations().stream().filter(operation -> operation.bytes() > 0)
                        .allMatch(operation -> operation.cause().startsWith("write main")) ? 0 : 1;
            }
        });
        Answer.Books books = PcapngFile.read(file()).assertInOrder().assertBooks();
        assertThat(books.lost()).isZero();
        // the virtual kernel of some machines hides up to one packet in a thousand
        assertThat(sum[0]).as("payload").isGreaterThan(BYTES - BYTES / 1_000);
        assertThat(sum[1]).as("of it with a cause").isEqualTo(sum[0]);
        assertThat(sum[2]).as("packets with another cause").isZero();
    }
}
