package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.DatagramEndpoint;
import dev.netflight.it.app.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {TCP, UDP} × {platform, virtual, event loop} × {client, server, opened before} × {loopback, veth, veth with a shaper, veth with
 * loss, IPv6, tun that reorders}: in each, data packets name the threads and frames that their bytes name.
 */
final class MatrixIT {
    private static final Matrix MATRIX = new Matrix();
    private static final int BYTES = Integer.getInteger("netflight.it.bytes", 1_500_000);
    /** A datagram is a packet of its own, and none is larger than 1,400 bytes. */
    private static final int UDP_BYTES = BYTES / 10;
    private static final long ALL = Long.MIN_VALUE / 2;
    /** Less than the packets whose order a cable changes, by far. */
    private static final int SOME = 100;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.tool("tshark");
    }

    @AfterAll
    static void print() throws IOException {
        System.out.println(MATRIX);
        MATRIX.write(Path.of(System.getProperty("netflight.jar")).resolveSibling("matrix.txt"));
    }

    @ParameterizedTest(name = "over {0}")
    @EnumSource
    void clients_and_servers_have_their_threads(Link link) {
        judgeStreams(link, "", fromTheBeginning(link, Endpoint.class, bytes(link)));
    }

    @ParameterizedTest(name = "over {0}")
    @EnumSource
    void connections_opened_before_the_capture_have_their_threads(Link link) {
        judgeStreams(link, ", opened before", openedBefore(link, Endpoint.class, bytes(link)));
    }

    @ParameterizedTest(name = "over {0}")
    @EnumSource
    void clients_and_servers_of_datagrams_have_their_threads(Link link) {
        judgeDatagrams(link, "", fromTheBeginning(link, DatagramEndpoint.class, UDP_BYTES));
    }

    @ParameterizedTest(name = "over {0}")
    @EnumSource
    void datagram_sockets_opened_before_the_capture_have_their_threads(Link link) {
        judgeDatagrams(link, ", opened before", openedBefore(link, DatagramEndpoint.class, UDP_BYTES));
    }

    /**
     * On a slow link so few that no server is kept in its write for longer than packets wait for its next read; where a program
     * of ours takes the packets one by one, so few that it takes no longer than the others.
     */
    private static int bytes(Link link) {
        return switch (link) {
            case SHAPED -> BYTES / 3;
            case REORDERING -> BYTES / 6;
            default -> BYTES;
        };
    }

    private long fromTheBeginning(Link link, Class<?> endpoint, int bytes) {
        try (Network network = Network.of(link);
                App peer = App.of(folder, endpoint, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, endpoint, network.ownAddress(), truth()).through(network.here())
                        .agent("start,file=" + file() + ",snaplen=0").start()) {
            app.startAnswer().assertOk();
            Talk talk = new Talk(app, peer).connect(network).talk(bytes);
            app.command("stop").assertOk().books().assertClosed();
            talk.end();
            assertTreated(network, link, endpoint);
            return ALL;
        }
    }

    private long openedBefore(Link link, Class<?> endpoint, int bytes) {
        try (Network network = Network.of(link);
                App peer = App.of(folder, endpoint, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, endpoint, network.ownAddress(), truth()).through(network.here()).start()) {
            // some bytes have been both ways, and threads wait in their reads
            Talk talk = new Talk(app, peer).connect(network).talk(bytes);
            app.command("start,file=" + file() + ",snaplen=0").assertOk();
            long started = System.nanoTime();
            talk.talk(bytes);
            app.command("stop").assertOk().books().assertClosed();
            talk.end();
            assertTreated(network, link, endpoint);
            return started;
        }
    }

    /** What the link was to do it has done, by the kernel's count, and by that of the cable. */
    private static void assertTreated(Network network, Link link, Class<?> endpoint) {
        boolean streams = endpoint == Endpoint.class;
        if (link == Link.LOSSY && streams) {
            assertThat(network.counter("Tcp", "RetransSegs")).as("retransmissions").isPositive();
        }
        if (link == Link.REORDERING) {
            ReorderingCable.Overtaken overtaken = network.overtaken();
            long early = network.counter("TcpExt", "TCPOFOQueue");
            System.out.println(overtaken + ", segments that came too early: " + early);
            assertThat(streams ? overtaken.tcp() : overtaken.udp()).as("packets that others have overtaken").isGreaterThan(SOME);
            if (streams) {
                assertThat(early).as("segments that came too early").isGreaterThan(SOME);
            }
        }
    }

    private void judgeStreams(Link link, String suffix, long since) {
        GroundTruth truth = new GroundTruth(truth()).judge(file(), since);
        enter("TCP", link, suffix, truth.results());
        truth.assertNothingWrong().assertKnown();
        switch (link) {
            // tshark tells the two apart by the time that a packet is late
            case LOSSY -> assertThat(Tshark.count(file(), "tcp.analysis.retransmission || tcp.analysis.out_of_order"))
                    .as("retransmissions").isPositive();
            case REORDERING -> assertThat(Tshark.count(file(), "tcp.analysis.out_of_order")).as("out of order").isGreaterThan(SOME);
            default -> { }
        }
    }

    private void judgeDatagrams(Link link, String suffix, long since) {
        DatagramTruth truth = new DatagramTruth(truth()).judge(file(), since);
        enter("UDP", link, suffix, truth.results());
        truth.assertNothingWrong().assertKnown();
        if (link == Link.REORDERING) {
            assertThat(truth.overtaken()).as("came in after one that was sent later").isGreaterThan(SOME);
        }
    }

    private void enter(String protocol, Link link, String suffix, List<GroundTruth.Result> results) {
        assertThat(PcapngFile.read(file()).assertInOrder().assertBooks().lost()).as("lost").isZero();
        results.forEach(row -> {
            String[] words = row.row().replace(" UDP", "").strip().split("\\s+");
            MATRIX.add(protocol + ' ' + words[0] + suffix + ", " + words[1], link.title, row.packets(), row.right(), row.wrong());
        });
        assertThat(results).as("client and server, three kinds of thread, both directions").hasSize(12)
                .allSatisfy(row -> assertThat(row.packets()).as("packets of %s", row).isGreaterThan(10));
    }

    private Path file() {
        return folder.resolve("endpoint.pcapng");
    }

    private Path truth() {
        return folder.resolve("endpoint.truth");
    }
}
