package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.FirstConnect;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a capture cannot start the application runs on, and one sentence says why and what to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RefusalIT {
    /** Static, and so one for all: the running talker writes into it. */
    @TempDir
    private static Path folder;

    private App server;
    private App talker;
    private int said;

    @BeforeAll
    void start() {
        server = App.of(folder, EchoServer.class).start();
        talker = App.of(folder, Talker.class, server.await("port ")).jvm("-XX:+EnableDynamicAgentLoading").start();
        talker.await("ready");
    }

    @AfterAll
    void end() {
        if (talker != null) {
            talker.close();
        }
        if (server != null) {
            server.close();
        }
    }

    static Stream<Arguments> badOptions() {
        return Stream.of(
                arguments("strat", "strat", "start"),
                arguments("start,fiel=/tmp/x.pcapng", "fiel", "file"),
                arguments("start,snaplen=many", "snaplen=many", "whole number"),
                arguments("start,snaplen=-1", "snaplen=-1", "0"),
                arguments("start,file", "file", "no value"),
                arguments("start,file=", "file", "no value"),
                arguments("start,stacks=sometimes", "stacks=sometimes", "off"),
                arguments("start,duration=30", "duration=30", "unit"),
                arguments("start,ring=100k", "ring=100k", "power of two"),
                arguments("start,interface=lo+any", "interface=lo+any", "any"),
                arguments("start,direction=sideways", "direction=sideways", "inout"),
                arguments("start,count=0", "count=0", "1"),
                arguments("start,snaplen=1,snaplen=2", "snaplen", "twice"),
                arguments("start,filter=tcp prot 80", "filter=tcp prot 80", "syntax error"),
                arguments("start,filter=protochain 6", "filter=protochain 6", "loop"),
                arguments("start,filter=ip host fd00::1", "filter=ip host fd00::1", "applied to ip6 host"),
                arguments("start,interface=nosuch0", "interface=nosuch0", "It has lo"),
                arguments("start,file=/tmp/x.pcapng,files=2", "files=2", "maxsize or maxage"),
                arguments("stop,snaplen=1", "snaplen", "start"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badOptions")
    void a_bad_option_is_named_with_what_is_allowed(String options, String named, String remedy) {
        assertThat(talker.command(options).assertError()).contains(named).contains(remedy);
        assertNothingStarted();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unwritable")
    void a_file_that_cannot_be_written_is_named_with_the_reason(String file, String reason) {
        Needs.bpf();
        String sentence = talker.command("start,file=" + file).assertError();
        assertThat(sentence).contains(file).contains(reason).contains("file=");
        assertThat(talker.command("status").assertOk().text()).contains("armed", "last start", sentence);
        assertNothingStarted();
    }

    static Stream<Arguments> unwritable() {
        return Stream.of(
                arguments("/nowhere/x.pcapng", "does not exist"),
                arguments("/proc/x.pcapng", "/proc"),
                arguments("/", "directory"));
    }

    private void assertNothingStarted() {
        assertThat(talker.command("status").assertOk().text()).contains("armed", "nothing is captured");
        assertThat(talker.bpf().isEmpty()).as("BPF held: %s", talker.bpf()).isTrue();
        said += 3;
        talker.tell("say 3");
        talker.awaitNumber("said ", said);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badAtStart")
    void a_bad_option_at_the_start_is_one_line_and_the_application_runs(String options, String part) {
        try (App client = App.of(folder, FirstConnect.class, server.await("port ")).agent(options).start()) {
            client.awaitEnd();
            String sentence = client.startAnswer().assertError();
            assertThat(sentence).contains(part);
            assertThat(client.out()).isEqualTo("ok\n");
            assertThat(client.err()).isEqualTo("netflight: " + sentence + "\n");
        }
    }

    static Stream<Arguments> badAtStart() {
        return Stream.of(arguments("strat", "strat"), arguments("start,snaplen=x", "snaplen=x"),
                arguments("start,file=/nowhere/x.pcapng", "/nowhere"));
    }

    @Test
    void without_the_kernels_types_nothing_starts_and_the_remedy_is_told() {
        try (App client = App.of(folder, FirstConnect.class, server.await("port ")).jvm("-Dnetflight.without=btf")
                .agent("start,file=" + folder.resolve("btf.pcapng")).start()) {
            client.awaitEnd();
            String sentence = client.startAnswer().assertError();
            assertThat(sentence).contains("BTF", "CONFIG_DEBUG_INFO_BTF");
            assertThat(client.out()).isEqualTo("ok\n");
            assertThat(client.err()).isEqualTo("netflight: " + sentence + "\n");
            assertThat(folder.resolve("btf.pcapng")).as("no empty file is left").doesNotExist();
        }
    }

    @Test
    void without_capabilities_nothing_starts_and_the_remedy_is_told() throws IOException {
        Needs.root();
        Needs.tool("setpriv");
        // where an unprivileged user may read the jar and the classes and write the answers
        Path open = Files.createTempDirectory(Path.of(System.getProperty("java.io.tmpdir")), "netflight-open");
        try {
            Path jar = Files.copy(App.jar(), open.resolve("netflight.jar"), StandardCopyOption.COPY_ATTRIBUTES);
            Path classes = open.resolve("classes");
            copy(App.classes().resolve("dev/netflight/it/app"), classes.resolve("dev/netflight/it/app"));
            Run.well("chmod", "-R", "a+rX", open);
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
            try (App client = App.of(open, Talker.class, server.await("port ")).from(jar, classes)
                    .through("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
                    .agent("start,file=" + open.resolve("x.pcapng")).start()) {
                String sentence = client.startAnswer().assertError();
                assertThat(sentence).contains("CAP_BPF", "CAP_PERFMON", "root");
                client.tell("say 10");
                client.awaitNumber("said ", 10);
                assertThat(client.err()).isEqualTo("netflight: " + sentence + "\n");
                assertThat(client.bpf().isEmpty()).isTrue();
                assertThat(client.command("status").assertOk().text()).contains("armed", "last start", sentence);
                assertThat(client.command("check").assertOk().text()).contains("cannot start", "CAP_BPF", "CAP_PERFMON");
                assertThat(open.resolve("x.pcapng")).as("no empty file is left").doesNotExist();
            }
        } finally {
            Run.well("rm", "-r", open);
        }
    }

    @Test
    void check_says_that_a_capture_can_start() {
        Needs.bpf();
        assertThat(talker.command("check").assertOk().text()).startsWith("OK a capture can start here")
                .contains("CAP_BPF and CAP_PERFMON").doesNotContain("- ");
        assertNothingStarted();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
