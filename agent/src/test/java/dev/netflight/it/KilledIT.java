package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that dies in the middle of a capture leaves a file that can be read and nothing in the kernel. */
final class KilledIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void kill_9_leaves_nothing_in_the_kernel_and_a_file_up_to_the_last_second() {
        Path file = folder.resolve("killed.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = App.of(folder, Talker.class, server.await("port "))
                        .agent("start,file=" + file + ",snaplen=0").start()) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            await("the packets in the file").atMost(Duration.ofSeconds(30)).until(() -> Tshark.count(file, "tcp.len > 0") == 200);
            Readers.assertWellFormed(file);
            // a conversation that does not end
            talker.tell("say 100000000 1000");
            long began = System.nanoTime();
            await("two seconds of talking").atMost(Duration.ofSeconds(30))
                    .until(() -> System.nanoTime() - began > 2_000_000_000L && file.toFile().length() > 100_000);
            Bpftool.Objects held = talker.bpf();
            assertThat(held.links()).isNotEmpty();
            assertThat(held.remaining()).isEqualTo(held);

            long killed = System.currentTimeMillis();
            talker.kill();
            await("nothing of ours in the kernel").atMost(Duration.ofSeconds(2))
                    .pollInterval(Duration.ofMillis(100))
                    .untilAsserted(() -> assertThat(held.remaining().isEmpty()).as("%s", held.remaining()).isTrue());

            Readers.assertReadable(file);
            assertThat(PcapngFile.read(file).assertInOrder().isComplete()).isFalse();
            List<CapturedPacket> packets = Tshark.packets(file);
            assertThat(killed - packets.getLast().seconds() * 1000).as("milliseconds between the last packet and the end")
                    .isLessThan(1_000);
            assertThat(packets).filteredOn(packet -> packet.payloadLength() > 0 && packet.outbound())
                    .hasSizeGreaterThan(100).allSatisfy(packet ->
                            assertThat(packet.causes()).isEqualTo("[write talker Talker.say]"));
        }
    }
}
