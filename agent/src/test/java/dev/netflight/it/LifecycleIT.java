package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A capture begins and ends as it is told, and leaves nothing behind. */
final class LifecycleIT {
    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void start_and_stop_twice_by_jcmd_give_two_complete_files_and_leave_nothing_each_time() throws IOException {
        try (App talker = ECHO.talker(folder).start()) {
            talker.await("ready");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(talker.bpf().isEmpty()).as("no BPF before").isTrue();

            for (int round = 1; round <= 2; round++) {
                Path file = folder.resolve("round" + round + ".pcapng");
                talker.command("start,file=" + file + ",snaplen=0").assertOk();
                Bpftool.Objects held = talker.bpf();
                assertThat(held.programs()).isNotEmpty();
                assertThat(held.maps()).isNotEmpty();
                assertThat(held.links()).isNotEmpty();
                assertThat(held.remaining()).as("what bpftool shows while capturing").isEqualTo(held);
                talker.tell("say 20");
                talker.awaitNumber("said ", 30 * round);
                Answer stopped = talker.command("stop").assertOk();

                assertThat(talker.bpf().isEmpty()).as("BPF held after the stop: %s", talker.bpf()).isTrue();
                awaitGone(held);
                assertThat(threads(talker)).as("threads after the stop").noneMatch(name -> name.startsWith("netflight"));
                assertThat(mappings(talker)).as("mappings of BPF maps after the stop").isEmpty();

                assertThat(PcapngFile.read(file).assertInOrder().assertBooks()).isEqualTo(stopped.books());
                Readers.assertReadable(file);
                List<CapturedPacket> data = data(file);
                assertThat(data).as("20 messages and their echoes").hasSize(40).allSatisfy(packet -> {
                    assertThat(packet.causes()).isEqualTo(
                            "[" + (packet.outbound() ? "write" : "read") + " talker Talker.say]");
                });
                // not captured, and the next capture begins where it is
                talker.tell("say 10");
                talker.awaitNumber("said ", 30 * round + 10);
            }
        }
    }

    @Test
    void after_a_stop_the_classes_of_the_jdk_are_what_they_were() {
        try (App talker = ECHO.talker(folder).jvm("-XX:+EnableDynamicAgentLoading").start()) {
            talker.command("start").assertOk();
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            Map<String, String> during = ClassesInMemory.of(talker, folder);
            assertThat(during.get("SocketDispatcher")).as("while capturing").contains("NetflightHook");
            talker.command("stop").assertOk();
            talker.tell("say 10");
            talker.awaitNumber("said ", 20);
            Map<String, String> jdk = ClassesInMemory.asInTheJdk();
            ClassesInMemory.of(talker, folder)
                    .forEach((name, methods) -> assertThat(methods).as(name).isEqualTo(jdk.get(name)));
        }
    }

    @Test
    void an_armed_agent_changes_nothing_and_the_verbs_say_what_does_not_fit() {
        try (App talker = ECHO.talker(folder).agent("").start()) {
            assertThat(talker.startAnswer().assertOk().text()).startsWith("OK armed");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(talker.bpf().isEmpty()).as("BPF held by an armed agent: %s", talker.bpf()).isTrue();
            assertThat(talker.err()).isEmpty();

            assertThat(talker.command("stop").assertError()).contains("No capture is running");
            assertThat(talker.command("dump").assertError()).isNotEmpty();
            assertThat(talker.command("status").assertOk().text()).contains("armed", "nothing is captured");

            Path file = folder.resolve("first.pcapng");
            talker.command("start,file=" + file + ",snaplen=96").assertOk();
            assertThat(talker.command("start,file=" + folder.resolve("second.pcapng")).assertError())
                    .contains("running", "stop");
            assertThat(folder.resolve("second.pcapng")).doesNotExist();
            assertThat(talker.command("status").assertOk().text()).contains("capturing since", file.toString(),
                    "snaplen=96", "+ tcp_sendmsg_locked", "+ read");
            talker.command("stop").assertOk().books().assertClosed();
            assertThat(talker.command("stop").assertError()).contains("No capture is running");
            assertThat(talker.command("status").assertOk().text()).contains("armed", "last capture", file.toString());
        }
    }

    private static List<CapturedPacket> data(Path file) {
        return Tshark.packets(file).stream().filter(packet -> packet.payloadLength() > 0).toList();
    }

    /** The kernel frees BPF objects a moment after their last descriptor was closed. */
    private static void awaitGone(Bpftool.Objects held) {
        await().atMost(Duration.ofSeconds(2)).untilAsserted(() -> assertThat(held.remaining().isEmpty())
                .as("still in the kernel: %s", held.remaining()).isTrue());
    }

    private static List<String> threads(App app) throws IOException {
        var names = new ArrayList<String>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(app.pid()), "task"))) {
            for (Path task : (Iterable<Path>) tasks::iterator) {
                names.add(Files.readString(task.resolve("comm")).strip());
            }
        }
        return names;
    }

    private static List<String> mappings(App app) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(app.pid()), "maps"))) {
            return lines.filter(line -> line.contains("bpf")).toList();
        }
    }
}
