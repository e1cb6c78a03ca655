package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Client;
import dev.netflight.it.app.EchoServer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each packet has the threads and frames that its bytes name, and no other. */
final class GroundTruthIT {
    private static final int OPERATIONS = Integer.getInteger("netflight.it.operations", 2_000);

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.tool("tshark");
    }

    @ParameterizedTest(name = "with a kernel that lacks {0}")
    @ValueSource(strings = {"nothing", "tcp_sendmsg_locked", "sock_send_length,sock_recv_length"})
    void every_data_packet_names_its_threads_and_frames_in_the_order_of_its_bytes(String without) {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = client(server, 0, "once").jvm("-Dnetflight.without=" + without)
                        .agent("start,file=" + file() + ",snaplen=0").start()) {
            client.startAnswer().assertOk();
            client.awaitEnd();
            assertThat(client.out() + client.err()).contains("finished").doesNotContain("etflight");
        }
        assertRight(OPERATIONS);
    }

    /** Until the first of them the programs that see calls are not attached. */
    @Test
    void nothing_is_missed_of_the_first_connections_that_a_filter_accepts() {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = client(server, 0, "once")
                        .agent("start,filter=tcp port " + server.await("port ") + ",file=" + file() + ",snaplen=0").start()) {
            client.startAnswer().assertOk();
            client.awaitEnd();
        }
        assertRight(OPERATIONS);
    }

    @Test
    void large_operations_as_fast_as_they_go_are_whole_and_right_where_the_ring_holds_them() {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = App.of(folder, Client.class, server.await("port "), truthFile(), OPERATIONS / 4, 0, "large",
                        "once").agent("start,file=" + file() + ",snaplen=0,ring=512m").start()) {
            client.awaitEnd();
        }
        assertRight(OPERATIONS / 4);
    }

    private void assertRight(int operations) {
        GroundTruth truth = new GroundTruth(truthFile()).judge(file(), Long.MIN_VALUE / 2);
        Answer.Books books = PcapngFile.read(file()).assertInOrder().assertBooks();
        System.out.println(truth + "of " + books);
        assertThat(truth.calls()).isGreaterThanOrEqualTo(operations);
        assertThat(books.lost()).as("lost").isZero();
        truth.assertVaried().assertNothingWrong().assertKnown().assertAllBytes();
    }

    @Test
    void a_capture_that_begins_in_the_middle_names_no_wrong_thread_or_frame() {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = client(server, 10_000, "told").start()) {
            client.awaitNumber("operations ", 500);
            client.command("start,file=" + file() + ",snaplen=0").assertOk();
            long started = System.nanoTime();
            long then = lastNumber(client.out());
            client.awaitNumber("operations ", then + OPERATIONS);
            client.tell("finish");
            client.await("finished");
            client.command("stop").assertOk().books().assertClosed();

            GroundTruth truth = new GroundTruth(truthFile()).judge(file(), started);
            System.out.println(truth);
            truth.assertVaried().assertNothingWrong().assertKnown().assertNoGaps();
        }
    }

    @Test
    void a_ring_too_small_loses_packets_and_says_how_many_and_what_is_left_is_right() {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = client(server, 100, "told").agent("start,file=" + file() + ",snaplen=0,ring=64k").start()) {
            client.startAnswer().assertOk();
            client.awaitNumber("operations ", OPERATIONS);
            client.tell("finish");
            client.await("finished");
            long began = System.nanoTime();
            Answer.Books status = client.command("status").assertOk().books();
            assertThat(status.lost()).as("lost by status").isPositive();
            Answer.Books stopped = client.command("stop").assertOk().books().assertClosed();
            assertThat(stopped.lost()).as("lost by stop").isGreaterThanOrEqualTo(status.lost());
            assertThat(client.command("status").assertOk().books()).as("afterwards").isEqualTo(stopped);

            PcapngFile capture = PcapngFile.read(file()).assertInOrder();
            assertThat(capture.assertBooks()).isEqualTo(stopped);
            assertThat(capture.packets().stream().mapToLong(PcapngFile.Packet::lostBefore).sum())
                    .as("lost before a packet by epb_dropcount").isPositive().isLessThanOrEqualTo(stopped.lost());
            GroundTruth truth = new GroundTruth(truthFile()).judge(file(), began);
            System.out.println(truth + "of " + stopped);
            truth.assertNothingWrong();
        }
    }

    private App.Launch client(App server, int pauseMicros, String how) {
        return App.of(folder, Client.class, server.await("port "), truthFile(), OPERATIONS, pauseMicros, "mixed", how);
    }

    private Path file() {
        return folder.resolve("client.pcapng");
    }

    private Path truthFile() {
        return folder.resolve("client.truth");
    }

    private static long lastNumber(String out) {
        return out.lines().filter(line -> line.startsWith("operations "))
                .mapToLong(line -> Long.parseLong(line.substring("operations ".length()))).max().orElse(0);
    }
}
