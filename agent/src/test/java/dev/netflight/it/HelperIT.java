package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.netflight.it.app.Client;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JVMs without any capability are captured by root's command, which loads the programs and leaves. */
@Timeout(300)
final class HelperIT {
    private static final int OPERATIONS = Integer.getInteger("netflight.it.operations", 2_000);
    private static final String[] UNPRIVILEGED = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"};
    /** Root inside, with every capability there, and nobody outside. */
    private static final String[] CONTAINED = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare",
            "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
            "mount -t tmpfs none /tmp && \"$@\"", "sh"};

    /** Where nobody may read the classes and write. */
    private Path open;
    private Path jar;
    private final List<App> apps = new ArrayList<>();

    @BeforeEach
    void copy() throws IOException {
        Needs.bpf();
        Needs.root();
        Needs.tool("setpriv");
        open = Files.createTempDirectory(Path.of("/var/tmp"), "netflight-it");
        Run.well("cp", "-r", App.classes() + "/dev", open);
        jar = Files.copy(App.jar(), open.resolve("netflight.jar"));
        Run.well("chmod", "-R", "a+rX", open);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void end() {
        apps.reversed().forEach(App::close);
        if (open != null) {
            Run.well("rm", "-rf", open);
        }
    }

    private App started(App.Launch launch) {
        App app = launch.start();
        apps.add(app);
        return app;
    }

    private App server() {
        return started(App.of(open, EchoServer.class));
    }

    private App talker(String... through) {
        App talker = started(App.of(open, Talker.class, server().await("port ")).from(jar, open).through(through)
                .jvm("-XX:+EnableDynamicAgentLoading"));
        talker.await("ready");
        return talker;
    }

    private List<String> command(Object... arguments) {
        List<String> command = new ArrayList<>(List.of(App.JAVA_HOME.resolve("bin/java").toString(), "-jar", jar.toString()));
        command.addAll(Run.words(arguments));
        return command;
    }

    private String well(Object... arguments) {
        Run run = Run.of(command(arguments).toArray());
        assertThat(run.exit()).as("exit of %s\n%s%s", Arrays.asList(arguments), run.out(), run.err()).isZero();
        assertThat(run.err()).isEmpty();
        return run.out();
    }

    private void assertNothingLeft(App talker, Path tmp) throws IOException {
        assertThat(talker.err()).as("the application's console").isEmpty();
        try (Stream<Path> left = Files.list(tmp)) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".helper"));
        }
    }

    @Test
    void a_jvm_without_any_capability_is_captured_with_the_same_truth() {
        assertTruth(UNPRIVILEGED);
    }

    @Test
    void a_jvm_in_user_pid_and_mount_namespaces_of_its_own_is_captured_with_the_same_truth() {
        Needs.tool("unshare");
        assertTruth(CONTAINED);
    }

    @Test
    void a_jvm_whose_seccomp_filter_refuses_bpf_is_captured_with_the_same_truth() {
        Needs.tool("gcc");
        assertTruth(filtered());
    }

    @Test
    void a_jvm_whose_seccomp_filter_refuses_bpf_can_accept_be_filtered_and_be_killed() {
        Needs.tool("gcc");
        App server = started(App.of(open, EchoServer.class).from(jar, open).through(filtered())
                .jvm("-XX:+EnableDynamicAgentLoading"));
        App talker = started(App.of(open, Talker.class, server.await("port ")));
        Path file = open.resolve("server.pcapng");
        well("start", server.pid(), "-w", file, "--filter=tcp");
        Bpftool.Objects held = server.bpf();
        assertThat(held.links()).isNotEmpty();
        talker.tell("say 20");
        talker.awaitNumber("said ", 20);
        Answer.Books.in(well("stop", server.pid())).assertClosed();
        assertThat(server.bpf().isEmpty()).as("%s", server.bpf()).isTrue();
        assertThat(server.err()).isEmpty();
        List<CapturedPacket> packets = Tshark.packets(file);
        assertThat(packets).filteredOn(packet -> packet.payloadLength() > 0).hasSizeGreaterThanOrEqualTo(40)
                .allSatisfy(packet -> assertThat(packet.causes()).contains("EchoServer."));
        well("start", server.pid());
        Bpftool.Objects again = server.bpf();
        server.kill();
        await("nothing in the kernel").atMost(Duration.ofSeconds(5)).until(() -> again.remaining().isEmpty());
    }

    /** Through a program that takes bpf(2) away, as the seccomp filters of containers do. */
    private String[] filtered() {
        List<String> through = new ArrayList<>(Arrays.asList(UNPRIVILEGED));
        through.add(TestPrograms.ofThisMachine(open, "without_bpf.c").toString());
        return through.toArray(String[]::new);
    }

    private void assertTruth(String... through) {
        Needs.wholePackets();
        Needs.tool("tshark");
        Path truthFile = open.resolve("client.truth");
        Path file = open.resolve("client.pcapng");
        App client = started(App.of(open, Client.class, server().await("port "), truthFile, OPERATIONS, 10_000, "mixed", "told")
                .from(jar, open).through(through));
        client.awaitNumber("operations ", 500);
        long pid = client.jvm();
        assertThat(well("start", pid, "-w", file, "-s", "0")).isEqualTo("capturing to " + file + "\n");
        long started = System.nanoTime();
        assertThat(well("status", pid)).containsPattern("programs: +loaded and attached by the helper, process \\d+")
                .doesNotContain("result=", "helper=");
        long then = client.out().lines().filter(line -> line.startsWith("operations "))
                .mapToLong(line -> Long.parseLong(line.substring("operations ".length()))).max().orElse(0);
        client.awaitNumber("operations ", then + OPERATIONS);
        client.tell("finish");
        client.await("finished");
        Answer.Books.in(well("stop", pid)).assertClosed();

        GroundTruth truth = new GroundTruth(truthFile).judge(file, started);
        System.out.println(truth);
        truth.assertVaried().assertNothingWrong().assertKnown().assertNoGaps();
    }

    @Test
    void the_command_ends_and_the_capture_goes_on_until_stop_takes_everything_out() throws Exception {
        App talker = talker(UNPRIVILEGED);
        Path file = open.resolve("talker.pcapng");
        well("start", talker.pid(), "-w", file);
        Bpftool.Objects held = talker.bpf();
        assertThat(held.links()).isNotEmpty();
        assertThat(held.remaining()).isEqualTo(held);
        talker.tell("say 20");
        talker.awaitNumber("said ", 20);
        assertThat(well("stop", talker.pid())).contains("complete in " + file);
        assertThat(talker.bpf().isEmpty()).as("%s", talker.bpf()).isTrue();
        await("nothing in the kernel").atMost(Duration.ofSeconds(5)).until(() -> held.remaining().isEmpty());
        assertNothingLeft(talker, Path.of("/tmp"));
        well("start", talker.pid(), "filter=tcp,scope=children");
        well("stop", talker.pid());
    }

    @Test
    void a_jvm_that_is_killed_takes_everything_with_it() {
        App talker = talker(UNPRIVILEGED);
        well("start", talker.pid());
        Bpftool.Objects held = talker.bpf();
        assertThat(held.links()).isNotEmpty();
        talker.kill();
        await("nothing in the kernel").atMost(Duration.ofSeconds(5)).until(() -> held.remaining().isEmpty());
    }

    @Test
    void a_live_capture_ends_with_its_command_that_is_killed() throws Exception {
        App talker = talker(CONTAINED);
        Needs.tool("unshare");
        talker.tell("say 20000 2000");
        Process capture = new ProcessBuilder(command("capture", talker.jvm(), "-n").toArray(String[]::new)).start();
        try {
            for (int i = 0; i < 10; i++) {
                assertThat(capture.inputReader().readLine()).contains("[talker] dev.netflight.it.app.Talker.say(Talker.java:");
            }
            assertThat(well("status", talker.jvm())).contains("by the helper, process " + capture.pid());
        } finally {
            capture.destroyForcibly().waitFor();
        }
        await("the end of the capture").atMost(Duration.ofSeconds(20))
                .until(() -> well("status", talker.jvm()).startsWith("armed"));
        assertNothingLeft(talker, Path.of("/proc/" + talker.jvm() + "/root/tmp"));
    }

    @Test
    void whoever_may_not_help_is_told_who_may() throws Exception {
        App talker = talker(UNPRIVILEGED);
        List<String> asNobody = new ArrayList<>(Arrays.asList(UNPRIVILEGED));
        asNobody.addAll(command("start", talker.pid()));
        Run run = Run.of(asNobody.toArray());
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).hasLineCount(1).contains("CAP_BPF and CAP_PERFMON", "sudo java -jar netflight.jar start PID");
        assertThat(talker.command("check").assertOk().text()).contains("sudo java -jar netflight.jar start PID");
        assertThat(talker.bpf().isEmpty()).isTrue();
    }

    @Test
    void what_the_jvm_refuses_is_told_and_nothing_is_left() throws Exception {
        App talker = talker(UNPRIVILEGED);
        Run run = Run.of(command("start", talker.pid(), "-w", "/nowhere/x.pcapng").toArray());
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("/nowhere/x.pcapng");
        assertThat(talker.bpf().isEmpty()).isTrue();
        assertNothingLeft(talker, Path.of("/tmp"));
        assertThat(talker.command("start,helper=/tmp/nobody-there.helper").assertError()).contains("helper at /tmp/nobody-there");
        assertThat(talker.bpf().isEmpty()).isTrue();
    }
}
