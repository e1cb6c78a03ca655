package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Client;
import dev.netflight.it.app.EchoServer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each packet has the threads and frames that its bytes name, and no other. */
final class GroundTruthIT {
    private static final int OPERATIONS = 2_000;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.tool("tshark");
    }

    @Test
    void every_data_packet_names_its_threads_and_frames_in_the_order_of_its_bytes() {
        try (App server = App.of(folder, EchoServer.class).start();
                App client = client(server, 0).agent("start,file=" + file() + ",snaplen=0").start()) {
            client.startAnswer().assertOk();
            client.awaitEnd();
            assertThat(client.out() + client.err()).contains("finished").doesNotContain("etflight");
        }
        GroundTruth truth = new GroundTruth(truthFile()).judge(Tshark.packets(file(), true), Long.MIN_VALUE / 2);
        System.out.println(truth);
        assertThat(truth.calls()).isGreaterThanOrEqualTo(OPERATIONS);
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

            GroundTruth truth = new GroundTruth(truthFile()).judge(Tshark.packets(file(), true), started);
            System.out.println(truth);
            truth.assertVaried().assertNothingWrong().assertKnown().assertNoGaps();
        }
    }

    private App.Launch client(App server, int pauseMicros, Object... more) {
        return App.of(folder, Client.class, server.await("port "), truthFile(), OPERATIONS, pauseMicros,
                more.length == 0 ? "once" : more[0]);
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
