package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs of the command line, and what it says where they cannot be carried out. */
final class CommandLineIT {
    @TempDir
    private Path folder;

    private final List<App> apps = new ArrayList<>();

    @AfterEach
    void end() {
        apps.reversed().forEach(App::close);
    }

    private App server() {
        return started(App.of(folder, EchoServer.class));
    }

    private App talker(String... jvm) {
        App talker = started(App.of(folder, Talker.class, server().await("port ")).jvm(jvm));
        talker.await("ready");
        return talker;
    }

    private App started(App.Launch launch) {
        App app = launch.start();
        apps.add(app);
        return app;
    }

    @Test
    void a_capture_is_started_watched_and_stopped_in_a_running_jvm() {
        Needs.bpf();
        App talker = talker();
        Path file = folder.resolve("with, comma.pcapng");
        assertThat(Netflight.well("start", talker.pid(), "--file=" + file, "-s", "0", "stacks=all"))
                .isEqualTo("capturing to " + file + "\n");
        talker.tell("say 20");
        talker.awaitNumber("said ", 20);
        assertThat(Netflight.well("status", talker.pid())).startsWith("capturing since").contains("snaplen=0", "+ read");
        assertThat(row(talker)).contains("capturing");
        assertThat(Netflight.failure("start", talker.pid())).contains("A capture is running");
        String stopped = Netflight.well("stop", talker.pid());
        assertThat(stopped).startsWith("stopped: ").contains("complete in " + file);
        Answer.Books.in(stopped).assertClosed();
        assertThat(PcapngFile.read(file).assertBooks().emitted()).isGreaterThanOrEqualTo(40);
        assertThat(row(talker)).contains("armed");
        assertThat(Netflight.failure("stop", talker.pid())).contains("No capture is running");
        assertThat(Netflight.well("status", talker.pid())).startsWith("armed");
    }

    @Test
    void a_relative_file_lies_in_the_folder_of_the_shell() throws Exception {
        Needs.bpf();
        App talker = talker();
        Path shell = Files.createDirectory(folder.resolve("shell"));
        Run run = Run.of("env", "-C", shell, "sh", "-c", "\"$@\"", "sh", App.JAVA_HOME.resolve("bin/java"), "-jar", App.jar(),
                "start", talker.pid(), "snaplen=0,file=here.pcapng");
        assertThat(run.out()).as(run.err()).isEqualTo("capturing to " + shell.resolve("here.pcapng") + "\n");
        Netflight.well("stop", talker.pid());
        assertThat(shell.resolve("here.pcapng")).isNotEmptyFile();
    }

    @Test
    void the_list_names_each_jvm_and_disturbs_none() {
        App plain = talker();
        App armed = started(App.of(folder, EchoServer.class).agent(""));
        armed.startAnswer().assertOk();
        App closed = talker("-XX:+DisableAttachMechanism");
        App dataless = talker("-XX:-UsePerfData");
        assertThat(row(plain)).matches("\\d+ +\\S+ +25\\S* +none +dev.netflight.it.app.Talker");
        assertThat(row(armed)).contains("armed");
        assertThat(row(closed)).contains("attach disabled");
        assertThat(row(dataless)).contains("none", "dev.netflight.it.app.Talker").contains(" 25");
        for (App app : apps) {
            assertThat(app.err()).as("a JVM that was listed says nothing").isEmpty();
            assertThat(app.out()).doesNotContain("Full thread dump");
        }
    }

    private static String row(App app) {
        return Netflight.well("list").lines().filter(line -> line.startsWith(app.pid() + " ")).findFirst().orElse("");
    }

    @Test
    void check_without_a_jvm_tells_of_this_machine_and_with_one_of_both() {
        Needs.bpf();
        assertThat(Netflight.well("check")).startsWith("a capture can start here").contains("CAP_BPF and CAP_PERFMON")
                .doesNotContain("in the JVM");
        assertThat(Netflight.well("check", talker().pid(), "snaplen=0")).startsWith("a capture can start here")
                .contains("in the JVM");
    }

    @Test
    void check_without_rights_names_what_is_missing_and_fails() throws IOException {
        Needs.root();
        Needs.tool("setpriv");
        Path jar = readableJar();
        Run run = Run.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", App.JAVA_HOME.resolve("bin/java"), "-jar",
                jar, "check");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).startsWith("netflight: a capture cannot start here").contains("CAP_BPF", "CAP_PERFMON", "root");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("misunderstandings")
    void what_is_not_understood_is_named_with_what_is_meant_and_the_exit_status_is_2(List<String> arguments, String part) {
        assertThat(Netflight.misunderstanding(arguments.toArray())).contains(part);
    }

    static Stream<Arguments> misunderstandings() {
        return Stream.of(
                arguments(List.of(), "which command?"),
                arguments(List.of("strat"), "start"),
                arguments(List.of("start"), "PID"),
                arguments(List.of("start", "shop"), "list"),
                arguments(List.of("start", "1", "--fiel=x"), "--file"),
                arguments(List.of("start", "1", "fiel=x"), "did you mean file?"),
                arguments(List.of("start", "1", "--snaplen=many"), "whole number"),
                arguments(List.of("start", "1", "result=/tmp/x"), "result"),
                arguments(List.of("start", "1", "helper=/tmp/x"), "helper"),
                arguments(List.of("capture"), "PID"),
                arguments(List.of("capture", "1", "-W", "2", "-w", "x"), "-W needs -C or -G"),
                arguments(List.of("read", "x", "-C", "1"), "-C and -G need a file"),
                arguments(List.of("read", "x", "-w", "-", "-C", "1"), "-C and -G need a file"),
                arguments(List.of("read", "x", "-w", "y", "-C", "much"), "-C much is not allowed"),
                arguments(List.of("stop", "1", "snaplen=1"), "does not go with the verb stop"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "list", "start", "stop", "status", "dump", "check", "capture", "read", "generate-completion"})
    void help_is_there_for_each_command(String command) {
        String help = command.isEmpty() ? Netflight.well("--help") : Netflight.well(command, "--help");
        assertThat(help).startsWith("Usage: netflight " + command).contains("--help", "--version");
        if (!command.startsWith("generate")) {
            assertThat(command.isEmpty() ? Netflight.well("-V") : Netflight.well(command, "-V")).startsWith("Netflight ");
        }
    }

    @Test
    void the_completion_script_is_one_that_bash_takes() throws IOException {
        Path script = Files.writeString(folder.resolve("completion"), Netflight.well("generate-completion"));
        String completed = Run.well("bash", "-c", ". " + script + " && complete -p netflight && COMP_WORDS=(netflight st)"
                + " COMP_CWORD=1 && _complete_netflight && echo \"${COMPREPLY[@]}\"");
        assertThat(completed).contains("start", "stop", "status").contains("-F _complete_netflight");
    }

    @Test
    void a_process_that_is_not_there_or_no_jvm_is_left_alone() throws Exception {
        assertThat(Netflight.failure("status", 999_999_999)).contains("no process 999999999", "list");
        Process cat = new ProcessBuilder("cat").start();
        try {
            assertThat(Netflight.failure("status", cat.pid())).contains("is not a JVM", "cat");
            assertThat(cat.isAlive()).isTrue();
        } finally {
            cat.destroy();
        }
    }

    @Test
    void a_jvm_that_lets_nobody_attach_is_not_disturbed() {
        App talker = talker("-XX:+DisableAttachMechanism");
        assertThat(Netflight.failure("start", talker.pid())).contains("-XX:+DisableAttachMechanism", "-javaagent");
        assertThat(talker.out()).doesNotContain("Full thread dump");
    }

    @Test
    void a_jvm_that_refuses_agents_is_named_with_the_remedy() {
        App talker = talker("-XX:-EnableDynamicAgentLoading");
        assertThat(Netflight.failure("start", talker.pid())).contains("-XX:-EnableDynamicAgentLoading", "-javaagent");
    }

    @Test
    void a_stopped_jvm_is_told_at_once() {
        App talker = talker();
        Run.well("kill", "-STOP", talker.pid());
        try {
            assertThat(Netflight.failure("status", talker.pid())).contains("is stopped", "kill -CONT");
        } finally {
            Run.well("kill", "-CONT", talker.pid());
        }
    }

    @Test
    void a_deleted_attach_socket_is_made_anew() throws IOException {
        App talker = talker();
        Netflight.well("status", talker.pid());
        Files.delete(Path.of("/tmp/.java_pid" + talker.pid()));
        assertThat(Netflight.well("status", talker.pid())).startsWith("armed");
    }

    @Test
    void the_attach_socket_of_a_dead_jvm_with_the_same_id_is_not_taken_for_this_ones() throws IOException {
        App talker = talker();
        Path socket = Path.of("/tmp/.java_pid" + talker.pid());
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket)).close();
        assertThat(socket).as("what a JVM leaves that is killed").exists();
        assertThat(Netflight.well("status", talker.pid())).startsWith("armed");
    }

    @Test
    void another_users_jvm_is_named_with_its_user() throws IOException {
        Needs.root();
        Needs.tool("setpriv");
        App talker = talker();
        Run run = Run.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", App.JAVA_HOME.resolve("bin/java"), "-jar",
                readableJar(), "status", talker.pid());
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).contains("belongs to the user root").contains("as root").hasLineCount(1);
    }

    @Test
    void a_jar_that_the_jvms_user_cannot_read_is_named_with_how_to_check() throws IOException {
        Needs.root();
        Needs.tool("setpriv");
        Path classes = Files.createTempDirectory(Path.of("/var/tmp"), "netflight-it");
        try {
            Run.well("cp", "-r", App.classes() + "/dev", classes);
            Run.well("chmod", "-R", "a+rX", classes);
            App server = started(App.of(folder, EchoServer.class).from(App.jar(), classes)
                    .through("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
            server.await("port ");
            Path hidden = Files.copy(App.jar(), folder.resolve("hidden.jar"));
            Run.well("chmod", "600", hidden);
            Run run = Run.of(App.JAVA_HOME.resolve("bin/java"), "-jar", hidden, "status", server.pid());
            assertThat(run.exit()).as(run.out()).isEqualTo(1);
            assertThat(run.err()).contains(hidden.toString(), "readable for its user, nobody", "ls -l /proc/");
        } finally {
            Run.well("rm", "-r", classes);
        }
    }

    @Test
    void a_jvm_with_capabilities_answers_its_own_user_who_has_none() throws IOException {
        Needs.bpf();
        Needs.root();
        Needs.tool("setpriv");
        Path classes = Files.createTempDirectory(Path.of("/var/tmp"), "netflight-it");
        try {
            Run.well("cp", "-r", App.classes() + "/dev", classes);
            Files.copy(App.jar(), classes.resolve("netflight.jar"));
            Run.well("chmod", "-R", "a+rX", classes);
            App server = started(App.of(folder, EchoServer.class).from(App.jar(), classes)
                    .through("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+bpf,+perfmon",
                            "--ambient-caps=+bpf,+perfmon"));
            server.await("port ");
            Run run = Run.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                    App.JAVA_HOME.resolve("bin/java"), "-jar", classes.resolve("netflight.jar"), "check", server.pid());
            assertThat(run.out()).as(run.err()).startsWith("a capture can start here").contains("CAP_BPF and CAP_PERFMON");
        } finally {
            Run.well("rm", "-r", classes);
        }
    }

    @Test
    void a_jvm_on_an_older_jdk_is_named_with_its_version() throws IOException {
        Path old = oldJava();
        Path program = Files.writeString(folder.resolve("Wait.java"), """
                public class Wait {
                    public static void main(String[] args) throws Exception {
                        System.out.println("ready");
                        System.in.read();
                    }
                }
                """);
        Process process = new ProcessBuilder(old.toString(), program.toString()).start();
        try {
            assertThat(process.inputReader().readLine()).isEqualTo("ready");
            assertThat(Netflight.failure("start", process.pid())).contains("JDK 17", "needs JDK 25");
        } finally {
            process.destroy();
        }
    }

    @Test
    void a_jvm_in_namespaces_of_its_own_gets_a_copy_of_the_agent_and_answers() throws Exception {
        Needs.bpf();
        Needs.root();
        Needs.tool("unshare");
        Path classes = Files.createTempDirectory(Path.of("/var/tmp"), "netflight-it");
        try {
            Run.well("cp", "-r", App.classes() + "/dev", classes);
            App talker = started(App.of(folder, Talker.class, server().await("port ")).from(App.jar(), classes)
                    .through("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
                            "mount -t tmpfs none /tmp && \"$@\"", "sh"));
            talker.await("ready");
            long pid = talker.jvm();
            Path file = Path.of("/tmp/inside-" + pid + ".pcapng");
            assertThat(Netflight.well("start", pid, "-w", file)).isEqualTo("capturing to " + file + "\n");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(Netflight.well("stop", pid)).contains("complete in " + file);
            Path seen = Path.of("/proc/" + pid + "/root" + file);
            assertThat(PcapngFile.read(seen).assertBooks().emitted()).isGreaterThanOrEqualTo(20);
            assertThat(file).as("outside of the namespace").doesNotExist();
            try (Stream<Path> left = Files.list(Path.of("/proc/" + pid + "/root/tmp"))) {
                assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".answer"));
            }
        } finally {
            Run.well("rm", "-r", classes);
        }
    }

    private static Path oldJava() throws IOException {
        Path installed = Path.of("/usr/lib/jvm");
        assumeTrue(Files.isDirectory(installed), "left out: no JDK 17 in " + installed);
        try (Stream<Path> jdks = Files.list(installed)) {
            List<Path> found = jdks.filter(jdk -> jdk.getFileName().toString().contains("17"))
                    .map(jdk -> jdk.resolve("bin/java")).filter(Files::isExecutable).toList();
            assumeTrue(!found.isEmpty(), "left out: no JDK 17 in " + installed);
            return found.getFirst();
        }
    }

    /** Where any user may read it. */
    private Path readableJar() throws IOException {
        Run.well("chmod", "a+x", folder);
        Path jar = Files.copy(App.jar(), folder.resolve("netflight.jar"), StandardCopyOption.REPLACE_EXISTING);
        Run.well("chmod", "a+r", jar);
        return jar;
    }
}
