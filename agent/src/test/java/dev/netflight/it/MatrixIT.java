package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {TCP} × {platform, virtual, event loop} × {client, server, opened before} × {loopback, veth, veth with a shaper, veth with
 * loss, IPv6}: in each, data packets name the threads and frames that their bytes name.
 */
final class MatrixIT {
    private static final Matrix MATRIX = new Matrix();
    private static final int BYTES = Integer.getInteger("netflight.it.bytes", 1_500_000);

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
        try (Network network = Network.of(link);
                App peer = App.of(folder, Endpoint.class, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, Endpoint.class, network.ownAddress(), truth()).through(network.here())
                        .agent("start,file=" + file() + ",snaplen=0").start()) {
            app.startAnswer().assertOk();
            Talk talk = new Talk(app, peer).connect(network).talk(BYTES);
            app.command("stop").assertOk().books().assertClosed();
            judge(talk, link, "", Long.MIN_VALUE / 2);
        }
    }

    @ParameterizedTest(name = "over {0}")
    @EnumSource
    void connections_opened_before_the_capture_have_their_threads(Link link) {
        try (Network network = Network.of(link);
                App peer = App.of(folder, Endpoint.class, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, Endpoint.class, network.ownAddress(), truth()).through(network.here()).start()) {
            // some bytes have been both ways, and threads wait in their reads
            Talk talk = new Talk(app, peer).connect(network).talk(BYTES);
            app.command("start,file=" + file() + ",snaplen=0").assertOk();
            long started = System.nanoTime();
            talk.talk(BYTES);
            app.command("stop").assertOk().books().assertClosed();
            judge(talk, link, ", opened before", started);
        }
    }

    private void judge(Talk talk, Link link, String suffix, long since) {
        talk.end();
        assertThat(PcapngFile.read(file()).assertInOrder().assertBooks().lost()).as("lost").isZero();
        GroundTruth truth = new GroundTruth(truth()).judge(file(), since);
        truth.results().forEach(row -> {
            String[] words = row.row().strip().split("\\s+");
            MATRIX.add("TCP " + words[0] + suffix + ", " + words[1], link.title, row.packets(), row.right(), row.wrong());
        });
        assertThat(truth.results()).as("client and server, three kinds of thread, both directions").hasSize(12)
                .allSatisfy(row -> assertThat(row.packets()).as("packets of %s", row).isGreaterThan(10));
        truth.assertNothingWrong().assertKnown();
        if (link == Link.LOSSY) {
            assertThat(Tshark.count(file(), "tcp.analysis.retransmission")).as("retransmissions").isPositive();
        }
    }

    private Path file() {
        return folder.resolve("endpoint.pcapng");
    }

    private Path truth() {
        return folder.resolve("endpoint.truth");
    }
}
