package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.Endpoint;
import dev.netflight.it.app.Failing;
import dev.netflight.it.app.RudeServer;
import dev.netflight.it.app.ShortConnections;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Flight mode: the newest packets in memory, and in a file when somebody or something asks for them. */
final class FlightIT {
    private static final Pattern KEPT = Pattern.compile("kept ([\\d,]+) packets.*overwritten ([\\d,]+); dumps (\\d+)");

    private static final int INTERFACE_STATISTICS = 5;

    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void needs() {
        Needs.bpf();
    }

    private static void assertContiguous(List<CapturedPacket> packets) {
        long first = packets.getFirst().id();
        assertThat(packets).extracting(CapturedPacket::id).isEqualTo(
                LongStream.range(first, first + packets.size()).boxed().toList());
    }

    /** What status tells of the memory, which must agree with the books. */
    private static long[] kept(App app) {
        Answer status = app.command("status").assertOk();
        Matcher found = KEPT.matcher(status.text());
        assertThat(found.find()).as(status.text()).isTrue();
        long kept = Long.parseLong(found.group(1).replace(",", ""));
        long overwritten = Long.parseLong(found.group(2).replace(",", ""));
        return new long[] {kept, overwritten, Long.parseLong(found.group(3))};
    }

    @Test
    void each_of_three_dumps_has_the_newest_packets_up_to_it_in_order_with_their_stacks() {
        Needs.wholePackets();
        try (App talker = ECHO.talker(folder, "start,mode=flight,size=1m,snaplen=0")) {
            int said = 0;
            for (int dump = 0; dump < 3; dump++) {
                talker.tell("new");
                talker.tell("say " + (dump == 0 ? 500 : 4_000));
                said += dump == 0 ? 500 : 4_000;
                talker.awaitNumber("said ", said);
                Path file = folder.resolve("moment-" + dump + ".pcapng");
                assertThat(talker.command("dump,file=" + file).assertOk().text()).startsWith("OK dumped ")
                        .contains(file.toString());
                Readers.assertReadable(file);
                Readers.assertWellFormed(file);
                assertThat(PcapngFile.read(file).isComplete()).isTrue();

                List<CapturedPacket> packets = new ArrayList<>();
                Tshark.packetsWithPayload(file, packets::add);
                assertContiguous(packets);
                assertThat(packets.getFirst().id() == 1).as("dump %d has all from the first on", dump).isEqualTo(dump == 0);
                List<CapturedPacket> data = packets.stream().filter(packet -> packet.payloadLength() > 0).toList();
                assertThat(data).hasSizeGreaterThan(500);
                String newest = "message " + said + '\n';
                assertThat(new String(data.getLast().payload(), StandardCharsets.US_ASCII)).as("the newest").isEqualTo(newest);
                for (CapturedPacket packet : data) {
                    assertThat(packet.operations()).as(packet.toString()).hasSize(1).allSatisfy(operation -> {
                        assertThat(operation.kind()).isEqualTo(packet.outbound() ? "write" : "read");
                        assertThat(operation.thread()).isEqualTo("talker");
                        assertThat(operation.leaf()).isEqualTo("Talker.say");
                    });
                }
            }
            long[] kept = kept(talker);
            assertThat(kept[1]).as("overwritten").isPositive();
            assertThat(kept[2]).as("dumps").isEqualTo(3);
            Answer.Books books = talker.command("stop").assertOk().books().assertClosed();
            assertThat(kept[0] + kept[1]).as("kept and overwritten").isLessThanOrEqualTo(books.emitted());
        }
    }

    @Test
    void dumps_under_load_of_many_connections_have_what_the_capture_had_emitted_before() {
        try (App app = App.of(folder, ShortConnections.class, 8_000)
                .agent("start,mode=flight,size=4m,ring=64m,file=" + folder.resolve("load.pcapng")).start()) {
            app.startAnswer().assertOk();
            for (int dump = 0; dump < 3; dump++) {
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> kept(app)[1] > 0);
                long emitted = app.command("status").assertOk().books().emitted();
                app.command("dump").assertOk();
                List<CapturedPacket> packets = Tshark.packets(folder.resolve("load-" + dump + ".pcapng"));
                assertContiguous(packets);
                assertThat(packets.getLast().id()).isGreaterThanOrEqualTo(emitted);
                assertThat(packets.getFirst().id()).as("older ones are gone").isGreaterThan(1);
                List<CapturedPacket> data = packets.stream().filter(packet -> packet.payloadLength() > 0).toList();
                assertThat(data).hasSizeGreaterThan(1_000);
                long known = data.stream().filter(packet -> packet.operations().stream()
                        .anyMatch(operation -> operation.leaf().startsWith("ShortConnections."))).count();
                assertThat((double) known / data.size()).as("data with a stack").isGreaterThan(0.999);
            }
            app.await("done");
            Answer.Books books = app.command("stop").assertOk().books().assertClosed();
            Path last = folder.resolve("load-3.pcapng");
            assertThat(Tshark.packets(last).getLast().id()).as("the dump of the end").isEqualTo(books.emitted());
        }
    }

    @Test
    void when_the_jvm_exits_what_is_kept_is_written() {
        Path file = folder.resolve("exit-0.pcapng");
        try (App talker = ECHO.talker(folder, "start,mode=flight,file=" + folder.resolve("exit-%n.pcapng"))) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            assertThat(file).doesNotExist();
            talker.endInput();
            talker.awaitEnd();
        }
        List<CapturedPacket> packets = Tshark.packets(file);
        assertThat(packets.getFirst().id()).isEqualTo(1);
        assertContiguous(packets);
        assertThat(packets).filteredOn(packet -> packet.payloadLength() > 0).hasSizeGreaterThanOrEqualTo(200)
                .allMatch(packet -> !packet.operations().isEmpty());
        assertThat(packets.getLast().has(CapturedPacket.FIN) || packets.getLast().has(CapturedPacket.ACK)).isTrue();
    }

    @Test
    void a_reset_has_a_dump_written_that_has_it() throws IOException {
        try (App rude = App.of(folder, RudeServer.class).start();
                App talker = App.of(folder, Talker.class, rude.await("port "))
                        .agent("start,mode=flight,dumpon=reset,file=" + folder.resolve("reset.pcapng")).start()) {
            talker.startAnswer().assertOk();
            talker.tell("say 1");
            Path file = folder.resolve("reset-0.pcapng");
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(file) && isComplete(file));
            assertThat(Tshark.packets(file)).anyMatch(packet -> packet.has(CapturedPacket.RST) && !packet.outbound());
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.filter(path -> path.getFileName().toString().startsWith("reset"))).hasSize(1);
        }
    }

    @Test
    void a_burst_of_retransmissions_has_a_dump_written_that_has_them() {
        Needs.wholePackets();
        Path file = folder.resolve("resent-0.pcapng");
        try (Network network = Network.of(Network.Link.LOSSY);
                App peer = App.of(folder, Endpoint.class, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, Endpoint.class, network.ownAddress(), "-").through(network.here())
                        .agent("start,mode=flight,dumpon=retransmissions,file=" + folder.resolve("resent.pcapng")).start()) {
            app.startAnswer().assertOk();
            Talk talk = new Talk(app, peer).connect(network);
            for (int i = 0; i < 20 && !Files.exists(file); i++) {
                talk.talk(1_500_000);
            }
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(file) && isComplete(file));
        }
        assertThat(Tshark.count(file, "tcp.analysis.retransmission || tcp.analysis.fast_retransmission"
                + " || tcp.analysis.spurious_retransmission")).isGreaterThanOrEqualTo(10);
    }

    @Test
    void an_exception_of_a_class_that_is_named_has_a_dump_written_wherever_it_is_made() {
        for (String name : List.of("java.net.ConnectException", "dev.netflight.it.app.Failing$Refused")) {
            Path file = folder.resolve(name.replaceAll(".*\\W", "") + "-0.pcapng");
            try (App app = App.of(folder, Failing.class).agent("start,mode=flight,dumpon=exception:" + name
                    + "+exception:no.such.Problem,file=" + folder.resolve(name.replaceAll(".*\\W", "") + ".pcapng")).start()) {
                app.startAnswer().assertOk();
                app.await("caught " + name);
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(file) && isComplete(file));
                assertThat(app.command("status").assertOk().text()).contains(name + ": woven", "no.such.Problem: not loaded yet",
                        "dumps 1");
                app.command("stop").assertOk();
            }
            assertThat(Tshark.packets(file)).anyMatch(packet -> packet.has(CapturedPacket.SYN) && packet.outbound()
                    && packet.operations().stream().anyMatch(operation -> operation.leaf().equals("Failing.tryOnce")));
        }
    }

    /** Whether it ends with interface statistics; looked at while it may still grow. */
    private static boolean isComplete(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            if (size < 4 || channel.read(word, size - 4) < 4) {
                return false;
            }
            long begin = size - Integer.toUnsignedLong(word.getInt(0));
            return begin > 0 && channel.read(word.clear(), begin) == 4 && word.getInt(0) == INTERFACE_STATISTICS;
        }
    }

    @Test
    void of_the_captures_own_dumps_the_newest_stay() throws IOException {
        try (App talker = ECHO.talker(folder, "start,mode=flight,files=2,file=" + folder.resolve("few.pcapng"))) {
            for (int i = 0; i < 4; i++) {
                talker.tell("say 10");
                talker.awaitNumber("said ", 10 * (i + 1));
                talker.command("dump").assertOk();
            }
            talker.command("stop").assertOk();
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("few")))
                    .containsExactlyInAnyOrder("few-3.pcapng", "few-4.pcapng");
        }
    }

    @Test
    void a_dump_that_waits_for_its_reader_holds_nobody_up() throws Exception {
        Path pipe = folder.resolve("pipe");
        Run.well("mkfifo", pipe);
        try (App talker = ECHO.talker(folder, "start,mode=flight,size=1m")) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> talker.command("dump,file=" + pipe));
            awaitOpening(talker);
            talker.tell("say 5000");
            talker.awaitNumber("said ", 5_100);
            assertThat(first.isDone()).isFalse();
            Path read = folder.resolve("read.pcapng");
            Run.well("sh", "-c", "cat " + pipe + " > " + read);
            assertThat(first.get().assertOk().text()).contains("dumped ");
            List<CapturedPacket> packets = Tshark.packets(read);
            assertThat(packets.getFirst().id()).isEqualTo(1);
            assertThat(packets.getLast().id()).as("nothing of what came later").isLessThan(600);
            assertContiguous(packets);
            talker.command("stop").assertOk().books().assertClosed();
        }
    }

    /** Until the dump has what it wants to write. The attach mechanism waits for it; a thread dump does not. */
    private static void awaitOpening(App app) {
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            Run.well("kill", "-QUIT", app.pid());
            return app.out().contains("dev.netflight.sink.CaptureFile.create");
        });
    }

    @Test
    void a_dump_that_cannot_be_says_why() {
        try (App talker = ECHO.talker(folder, "")) {
            assertThat(talker.command("dump").assertError()).contains("No capture in flight mode runs", "mode=flight");
            talker.command("start,file=" + folder.resolve("plain.pcapng")).assertOk();
            assertThat(talker.command("dump,file=" + folder.resolve("x.pcapng")).assertError())
                    .contains("No capture in flight mode runs");
            talker.command("stop").assertOk();
            talker.command("start,mode=flight").assertOk();
            assertThat(talker.command("dump").assertError()).contains("The dump has no file", "dump,file=");
            assertThat(talker.command("dump,file=/nowhere/x.pcapng").assertError()).contains("The dump cannot be written",
                    "/nowhere/x.pcapng", "its folder does not exist", "The capture goes on");
            assertThat(talker.command("dump,file=unix:/x").assertError()).contains("A dump cannot go to file=unix:PATH");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(talker.command("dump,file=" + folder.resolve("later.pcapng")).assertOk().text()).contains("dumped ");
            talker.command("stop").assertOk().books().assertClosed();
            assertThat(talker.err().lines()).allMatch(line -> line.startsWith("WARNING: "), "a line of the JDK");
        }
    }

    @Test
    void the_command_line_dumps() {
        try (App talker = ECHO.talker(folder, "start,mode=flight")) {
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            Path file = folder.resolve("cli.pcapng");
            Run run = Netflight.run("dump", talker.pid(), "-w", file);
            assertThat(run.out()).as(run.err()).startsWith("dumped ").contains(file.toString());
            assertThat(Tshark.packets(file)).hasSizeGreaterThanOrEqualTo(20);
        }
    }
}
