package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Datagrams;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each datagram has the thread and the frame that sent it or read it, as its payload says, and no other. */
final class DatagramIT {
    private static final int COUNT = Integer.getInteger("netflight.it.datagrams", 100);

    /** So many that some come to a lock while it is held. */
    private static final int CARRIERS = 32;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.tool("tshark");
    }

    @ParameterizedTest(name = "with a kernel that lacks {0}")
    @ValueSource(strings = {"nothing", "sock_send_length,sock_recv_length"})
    void every_datagram_has_the_call_that_sent_it_and_the_call_that_read_it(String without) {
        DatagramTruth truth = run("-Dnetflight.without=" + without, "count=" + COUNT);
        assertThat(truth.rows()).as("kinds of sockets, threads, families and directions").isEqualTo(60);
        truth.assertKnown().assertAll();
    }

    /** Until the first of them the programs that see calls are not attached. */
    @Test
    void nothing_is_missed_of_the_first_datagrams_that_a_filter_accepts() {
        judge(App.of(folder, Datagrams.class, "truth=" + truthFile(), "count=40")
                .agent("start,filter=udp,file=" + file() + ",snaplen=0")).assertKnown().assertAll();
    }

    @Test
    void datagrams_that_were_queued_before_the_first_was_read_have_their_reads() {
        run("-Dx", "count=40", "ahead=0").assertKnown().assertAll();
    }

    @Test
    void datagrams_that_a_small_buffer_throws_away_have_no_read_and_the_others_their_own() {
        DatagramTruth truth = run("-Dx", "count=400", "ahead=0", "buffer=8192");
        assertThat(truth.unread()).as("thrown away").isPositive();
        truth.assertKnown();
        truth = run("-Dx", "count=400", "ahead=200", "buffer=4096");
        truth.assertAll();
    }

    @Test
    void all_fragments_of_a_datagram_have_its_call() {
        Needs.root();
        Needs.tool("unshare");
        DatagramTruth truth = judge(App.of(folder, Datagrams.class, "truth=" + truthFile(), "count=40", "largest=9000", "ahead=5",
                "families=ipv4+ipv6+mapped").through("unshare", "--net", "sh", "-c",
                "ip link set lo mtu 1500 up && exec \"$@\"", "sh").agent("start,file=" + file() + ",snaplen=0"));
        assertThat(truth.fragments()).as("fragments but the first").isPositive();
        truth.assertKnown().assertAll();
    }

    @Test
    void multicast_is_as_any_other() {
        Needs.root();
        Needs.tool("unshare");
        DatagramTruth truth = judge(App.of(folder, Datagrams.class, "truth=" + truthFile(), "count=100", "families=multicast")
                .through("unshare", "--net", "sh", "-c",
                        "ip link set lo multicast on up && ip route add 239.0.0.0/8 dev lo && exec \"$@\"", "sh")
                .agent("start,file=" + file() + ",snaplen=0"));
        truth.assertKnown().assertAll();
    }

    @Test
    void sockets_that_were_open_before_the_capture_are_followed_from_its_beginning_on() {
        judgeOpenBefore(App.of(folder, Datagrams.class, "truth=" + truthFile(), "told=1"), 3_000);
    }

    /** A virtual thread that waits in the middle of that may come back on another carrier. */
    @Test
    void carriers_that_are_met_all_at_once_are_each_followed_as_themselves() {
        judgeOpenBefore(App.of(folder, Datagrams.class, "truth=" + truthFile(), "told=1", "cleaning=1")
                .jvm(Datagrams.OPENS.toArray(String[]::new)).jvm("-Djdk.virtualThreadScheduler.parallelism=" + CARRIERS), 1_000);
    }

    /** @param count how many datagrams are sent in the capture, at least */
    private void judgeOpenBefore(App.Launch launch, int count) {
        try (App app = launch.start()) {
            app.awaitNumber("sent ", 500);
            app.command("start,file=" + file() + ",snaplen=0").assertOk();
            long started = System.nanoTime();
            app.awaitNumber("sent ", lastSent(app) + count);
            app.tell("finish");
            app.await("finished");
            app.awaitEnd();
            DatagramTruth truth = new DatagramTruth(truthFile()).judge(file(), started);
            System.out.println(truth);
            truth.assertNothingWrong().assertKnown();
        }
    }

    private static long lastSent(App app) {
        return app.out().lines().filter(line -> line.startsWith("sent "))
                .mapToLong(line -> Long.parseLong(line.substring("sent ".length()))).max().orElse(0);
    }

    private DatagramTruth run(String jvm, String... how) {
        var arguments = new Object[how.length + 1];
        arguments[0] = "truth=" + truthFile();
        System.arraycopy(how, 0, arguments, 1, how.length);
        return judge(App.of(folder, Datagrams.class, arguments).jvm(jvm).agent("start,file=" + file() + ",snaplen=0"));
    }

    private DatagramTruth judge(App.Launch launch) {
        try (App app = launch.start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
            assertThat(app.err()).isEmpty();
        }
        DatagramTruth truth = new DatagramTruth(truthFile()).judge(file(), Long.MIN_VALUE / 2);
        Answer.Books books = PcapngFile.read(file()).assertInOrder().assertBooks();
        System.out.println(truth + "of " + books);
        assertThat(books.lost()).as("lost").isZero();
        return truth.assertNothingWrong();
    }

    private Path file() {
        return folder.resolve("datagrams.pcapng");
    }

    private Path truthFile() {
        return folder.resolve("datagrams.truth");
    }
}
