package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanServerConnection;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bean in a running JVM, driven by jmxterm and heard by a listener. */
final class JmxIT {
    private static final String BEAN = "dev.netflight:type=Capture";

    @TempDir
    private Path folder;
    private Path captures;
    private App server;
    private App talker;

    @BeforeEach
    void serve() throws IOException {
        Needs.bpf();
        captures = Files.createDirectory(folder.resolve("captures"));
        server = App.of(folder, EchoServer.class).start();
    }

    @AfterEach
    void end() {
        for (App app : new App[] {talker, server}) {
            if (app != null) {
                app.close();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** @return jmxterm's address of it */
    private String talkerWithPort() throws IOException {
        int port = freePort();
        talker = App.of(folder, Talker.class, server.await("port ")).jvm("-Dcom.sun.management.jmxremote.port=" + port,
                "-Dcom.sun.management.jmxremote.host=127.0.0.1", "-Dcom.sun.management.jmxremote.authenticate=false",
                "-Dcom.sun.management.jmxremote.ssl=false", "-Djava.rmi.server.hostname=127.0.0.1")
                .plainAgent("dir=" + captures).start();
        talker.await("ready");
        return "127.0.0.1:" + port;
    }

    private static Run jmxterm(String address, String... commands) {
        try {
            Path script = Files.createTempFile("netflight-jmxterm", ".txt");
            try {
                Files.write(script, List.of(commands));
                return Run.of(App.JAVA_HOME.resolve("bin/java"), "-jar", System.getProperty("jmxterm.jar"), "-l", address, "-n",
                        "-e", "-v", "brief", "-i", script);
            } finally {
                Files.delete(script);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void awaitBean(String address) {
        Awaitility.await("the bean").atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                assertThat(jmxterm(address, "get -s -b " + BEAN + " State").out().strip()).isEqualTo("armed"));
    }

    @Test
    void jmxterm_starts_watches_and_stops_a_capture_over_a_port() throws IOException {
        String address = talkerWithPort();
        awaitBean(address);
        Path file = captures.resolve("jmx.pcapng");
        Run started = jmxterm(address, "bean " + BEAN, "run start file=" + file + ",snaplen=0", "get -s State");
        assertThat(started.out()).as(started.err()).contains("capturing to " + file, "capturing\n");
        talker.tell("say 20");
        talker.awaitNumber("said ", 20);
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(Long.parseLong(
                jmxterm(address, "get -s -b " + BEAN + " PacketsCaptured").out().strip())).isGreaterThanOrEqualTo(40));
        Run status = jmxterm(address, "bean " + BEAN, "run status", "get -s File", "get -s BytesWritten", "get -s OperationsSeen",
                "get -s PacketsLost");
        assertThat(status.out()).contains("capturing since", "snaplen=0", file.toString());
        Run stopped = jmxterm(address, "bean " + BEAN, "run stop", "get -s State");
        assertThat(stopped.out()).contains("stopped: matched").contains("armed");
        assertThat(PcapngFile.read(file).assertBooks().emitted()).isGreaterThanOrEqualTo(40);

        Run again = jmxterm(address, "run -b " + BEAN + " stop");
        assertThat(again.exit()).isNotZero();
        assertThat(again.out() + again.err()).contains("No capture is running");
    }

    @Test
    void files_outside_of_the_folder_are_refused_however_they_are_named() throws IOException {
        String address = talkerWithPort();
        awaitBean(address);
        Path link = Files.createSymbolicLink(captures.resolve("link"), folder);
        for (String file : List.of(folder + "/out.pcapng", captures + "/../out.pcapng", link + "/out.pcapng", "/etc/x.pcapng",
                "unix:" + captures + "/socket")) {
            Run run = jmxterm(address, "run -b " + BEAN + " start file=" + file);
            assertThat(run.exit()).as(file).isNotZero();
            assertThat(run.out() + run.err()).as(file).contains("is refused over JMX");
        }
        Run result = jmxterm(address, "run -b " + BEAN + " start result=" + captures + "/answer");
        assertThat(result.out() + result.err()).contains("is refused over JMX");
        assertThat(jmxterm(address, "get -s -b " + BEAN + " State").out()).contains("armed");
        assertThat(folder.resolve("out.pcapng")).doesNotExist();
    }

    @Test
    void jmxterm_shows_what_there_is() throws IOException {
        String address = talkerWithPort();
        awaitBean(address);
        assertThat(jmxterm(address, "bean " + BEAN, "info").out()).contains("PacketsUnattributed (long, r)",
                "start(java.lang.String options)", "dump(java.lang.String file)", "capture.loss", "capture.dumped");
    }

    @Test
    void jmxterm_rotates_and_no_packet_is_missing_or_doubled_between_the_files() throws IOException {
        String address = talkerWithPort();
        awaitBean(address);
        assertFails(jmxterm(address, "run -b " + BEAN + " rotate"), "No capture is running");
        Path file = captures.resolve("turned.pcapng");
        // but for jmxterm's own packets
        String filter = ",filter=port\\ " + server.await("port ");
        assertThat(jmxterm(address, "run -b " + BEAN + " start file=" + file + filter).out())
                .contains("capturing to " + file);
        assertFails(jmxterm(address, "run -b " + BEAN + " rotate"), "has no packet yet");
        List<Path> files = List.of(file, captures.resolve("turned-1.pcapng"), captures.resolve("turned-2.pcapng"));
        for (int i = 1; i < 3; i++) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100L * i);
            assertThat(jmxterm(address, "bean " + BEAN, "run rotate", "get -s File").out())
                    .contains(files.get(i) + "\n" + files.get(i));
        }
        talker.tell("say 10");
        talker.awaitNumber("said ", 210);
        String stopped = jmxterm(address, "run -b " + BEAN + " stop").out();
        assertThat(stopped).contains("complete in " + files.get(2));
        long next = 1;
        for (Path each : files) {
            Readers.assertReadable(each);
            assertThat(PcapngFile.read(each).isComplete()).isTrue();
            for (CapturedPacket packet : Tshark.packets(each)) {
                assertThat(packet.id()).isEqualTo(next++);
            }
        }
        assertThat(next - 1).isEqualTo(new Answer("OK " + stopped).books().emitted());

        jmxterm(address, "run -b " + BEAN + " start snaplen=64");
        assertFails(jmxterm(address, "run -b " + BEAN + " rotate"), "no file that could be rotated");
    }

    private static void assertFails(Run run, String part) {
        assertThat(run.exit()).isNotZero();
        assertThat(run.out() + run.err()).contains(part);
    }

    @Test
    void jmxterm_dumps_what_flight_mode_has_kept_one_dump_at_a_time_and_below_the_folder() throws Exception {
        String address = talkerWithPort();
        awaitBean(address);
        assertFails(jmxterm(address, "run -b " + BEAN + " dump x.pcapng"), "is refused over JMX");
        Path file = captures.resolve("asked.pcapng");
        assertFails(jmxterm(address, "run -b " + BEAN + " dump " + file), "No capture in flight mode runs");
        assertThat(jmxterm(address, "run -b " + BEAN + " start mode=flight,file=" + captures.resolve("own.pcapng")).out())
                .contains("capturing in flight mode");
        talker.tell("say 100");
        talker.awaitNumber("said ", 100);
        assertThat(jmxterm(address, "run -b " + BEAN + " dump " + file).out()).contains("dumped ", file.toString());
        assertThat(Tshark.packets(file)).hasSizeGreaterThanOrEqualTo(200);
        assertFails(jmxterm(address, "run -b " + BEAN + " dump " + folder.resolve("out.pcapng")), "is refused over JMX");
        assertThat(folder.resolve("out.pcapng")).doesNotExist();

        // a dump whose file takes nothing until somebody reads
        Path pipe = captures.resolve("pipe");
        Run.well("mkfifo", pipe);
        CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> talker.command("dump,file=" + pipe));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> jmxterm(address, "run -b " + BEAN + " status").out()
                .contains("a dump is being written"));
        assertFails(jmxterm(address, "run -b " + BEAN + " dump " + file), "A dump is being written already, to " + pipe);
        Run.well("sh", "-c", "cat " + pipe + " > /dev/null");
        first.get().assertOk();
        assertThat(jmxterm(address, "bean " + BEAN, "run stop", "get -s State").out()).contains("armed");
        assertThat(Tshark.packets(captures.resolve("own-2.pcapng"))).as("the dump of the end").hasSizeGreaterThanOrEqualTo(200);
    }

    @Test
    void the_bean_comes_over_the_local_connector_with_the_first_command() throws Exception {
        talker = App.of(folder, Talker.class, server.await("port ")).agent("").start();
        talker.startAnswer().assertOk();
        String url = localConnector();
        Netflight.well("status", talker.pid());
        awaitBean(url);
        Run run = jmxterm(url, "bean " + BEAN, "run start snaplen=64", "get -s State", "run stop", "get -s State");
        assertThat(run.out()).as(run.err()).contains("capturing", "stopped: ", "armed");
    }

    private String localConnector() {
        Run.well(App.JAVA_HOME.resolve("bin/jcmd"), talker.pid(), "ManagementAgent.start_local");
        Matcher url = Pattern.compile("service:jmx:\\S+").matcher(
                Run.well(App.JAVA_HOME.resolve("bin/jcmd"), talker.pid(), "ManagementAgent.status"));
        assertThat(url.find()).isTrue();
        return url.group();
    }

    @Test
    void listeners_hear_of_start_loss_stop_failure_and_dump() throws Exception {
        talker = App.of(folder, Talker.class, server.await("port ")).agent("").start();
        talker.startAnswer().assertOk();
        String url = localConnector();
        talker.command("status").assertOk();
        awaitBean(url);
        var heard = new CopyOnWriteArrayList<Notification>();
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
            MBeanServerConnection connection = connector.getMBeanServerConnection();
            connection.addNotificationListener(new ObjectName(BEAN), (news, _) -> heard.add(news), null, null);
            talker.command("start,ring=64k,snaplen=0").assertOk();
            for (int said = 20_000; heard.stream().noneMatch(news -> news.getType().endsWith(".loss")); said += 20_000) {
                assertThat(said).as("messages without a loss").isLessThan(4_000_000);
                talker.tell("say 20000");
                talker.awaitNumber("said ", said);
            }
            talker.command("stop").assertOk();
            talker.command("start,file=/nowhere/x.pcapng").assertError();
            talker.command("start,mode=flight").assertOk();
            talker.command("dump,file=" + captures.resolve("heard.pcapng")).assertOk();
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(heard)
                    .extracting(news -> news.getType().replaceFirst(".*\\.", ""))
                    .contains("started", "loss", "stopped", "failed", "dumped"));
        }
        Notification dump = heard.stream().filter(news -> news.getType().endsWith(".dumped")).findFirst().orElseThrow();
        assertThat(dump.getMessage()).startsWith("dumped ");
        assertThat(dump.getUserData()).isEqualTo(captures.resolve("heard.pcapng").toString());
        Notification loss = heard.stream().filter(news -> news.getType().endsWith(".loss")).findFirst().orElseThrow();
        assertThat(loss.getMessage()).contains("packets were lost because the ring was full");
        assertThat((Long) loss.getUserData()).isPositive();
    }
}
