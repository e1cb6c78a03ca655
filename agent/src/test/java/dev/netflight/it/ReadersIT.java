package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Capture files in the hands of the tools that people have. */
final class ReadersIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void tshark_tcpdump_and_capinfos_read_a_file_while_it_grows_and_after_its_end() {
        Path file = folder.resolve("grows.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = talker(server).agent("start,file=" + file + ",snaplen=0").start()) {
            talker.startAnswer().assertOk();
            Readers.assertReadable(file); // nothing but its beginning
            talker.tell("say 50");
            talker.awaitNumber("said ", 50);
            talker.tell("say 1000000 2000");
            var packets = new AtomicInteger();
            for (int i = 0; i < 5; i++) {
                Readers.assertReadable(file);
                await("more packets").atMost(Duration.ofMinutes(1)).until(() -> {
                    int now = Tshark.count(file, "frame.comment contains \"JavaThread: talker\"");
                    return now > packets.getAndSet(now);
                });
            }
            Answer.Books stopped = talker.command("stop").assertOk().books();
            Readers.assertReadable(file);
            assertThat(PcapngFile.read(file).assertInOrder().assertBooks()).isEqualTo(stopped);
        }
    }

    @Test
    void wireshark_finds_nothing_malformed_and_filters_by_thread_frame_and_process() {
        Path file = folder.resolve("filters.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = talker(server).agent("start,file=" + file).start()) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            talker.command("stop").assertOk().books().assertClosed();
            Readers.assertReadable(file);
            Readers.assertWellFormed(file);
            int all = PcapngFile.read(file).packets().size();
            assertThat(all).isGreaterThanOrEqualTo(203);
            assertThat(Tshark.count(file, "frame.comment contains \"JavaThread: talker\"")).isEqualTo(all);
            assertThat(Tshark.count(file, "frame.comment contains \"PID: " + talker.pid() + "\"")).isEqualTo(all);
            assertThat(Tshark.count(file, "frame.comment contains \"Operation: write\" && tcp.len > 0")).isEqualTo(100);
            assertThat(Tshark.count(file, "frame.comment contains \"Operation: read\" && tcp.len > 0")).isEqualTo(100);
            assertThat(Tshark.count(file, "frame.comment contains \"dev.netflight.it.app.Talker.say(Talker.java:\""))
                    .isGreaterThanOrEqualTo(200);
            assertThat(Tshark.count(file, "frame.comment contains \"JavaThread: somebody\"")).isZero();
            assertThat(Tshark.count(file, "frame.packet_flags_direction == 2 && frame.interface_name == \"lo\""))
                    .isPositive();
            assertThat(Tshark.count(file, "_ws.malformed || tcp.checksum.status == \"Bad\"")).isZero();
        }
    }

    @Test
    void packets_are_cut_at_the_snaplen_and_keep_their_length() {
        Path file = folder.resolve("snaplen.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = talker(server).agent("start,snaplen=70,file=" + file).start()) {
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            talker.command("stop").assertOk();
        }
        PcapngFile capture = PcapngFile.read(file);
        assertThat(capture.snaplens()).containsOnly(70);
        assertThat(capture.packets()).extracting(PcapngFile.Packet::captured).allMatch(length -> length <= 70);
        // Ethernet, IPv4, TCP with timestamps, "message 1\n"
        assertThat(capture.packets()).anySatisfy(packet -> {
            assertThat(packet.captured()).isEqualTo(70);
            assertThat(packet.original()).isEqualTo(14 + 20 + 32 + 10);
        });
        Readers.assertReadable(file);
    }

    @Test
    void a_kernel_that_gives_no_payload_leaves_the_headers_and_the_causes() {
        Path file = folder.resolve("headers.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = talker(server).jvm("-Dnetflight.without=payload")
                        .agent("start,snaplen=0,file=" + file).start()) {
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(talker.command("status").assertOk().text()).contains("- bpf_dynptr_from_skb", "headers");
            talker.command("stop").assertOk();
        }
        Readers.assertReadable(file);
        List<CapturedPacket> data = Tshark.packets(file).stream().filter(packet -> packet.payloadLength() > 0)
                .toList();
        assertThat(data).hasSize(20).extracting(packet -> (packet.outbound() ? "out " : "in ") + packet.causes())
                .containsOnly("out [write talker Talker.say]", "in [read talker Talker.say]");
        assertThat(PcapngFile.read(file).assertBooks().lost()).isZero();
    }

    @Test
    void a_capture_ends_by_itself_after_a_count_or_a_duration() {
        Path counted = folder.resolve("count.pcapng");
        Path timed = folder.resolve("duration.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = talker(server).agent("start,count=25,file=" + counted).start()) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            awaitArmed(talker);
            assertThat(PcapngFile.read(counted).packets()).hasSize(25);
            assertThat(PcapngFile.read(counted).isComplete()).isTrue();
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();

            talker.command("start,duration=300ms,file=" + timed).assertOk();
            awaitArmed(talker);
            PcapngFile.read(timed).assertBooks();
            assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        }
    }

    private static void awaitArmed(App app) {
        await().atMost(Duration.ofMinutes(1)).until(() -> app.command("status").text().startsWith("OK armed"));
    }

    private App.Launch talker(App server) {
        return App.of(folder, Talker.class, server.await("port "));
    }
}
