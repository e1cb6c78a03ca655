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
    void jmxterm_shows_what_there_is_and_rotation_says_that_it_is_not_there() throws IOException {
        String address = talkerWithPort();
        awaitBean(address);
        assertThat(jmxterm(address, "bean " + BEAN, "info").out()).contains("PacketsUnattributed (long, r)",
                "start(java.lang.String options)", "dump(java.lang.String file)", "capture.loss");
        Run rotated = jmxterm(address, "bean " + BEAN, "run rotate");
        assertThat(rotated.exit()).isNotZero();
        assertThat(rotated.out() + rotated.err()).contains("rotate is not available in this version");
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
    void listeners_hear_of_start_loss_stop_and_failure() throws Exception {
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
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(heard)
                    .extracting(news -> news.getType().replaceFirst(".*\\.", ""))
                    .contains("started", "loss", "stopped", "failed"));
        }
        Notification loss = heard.stream().filter(news -> news.getType().endsWith(".loss")).findFirst().orElseThrow();
        assertThat(loss.getMessage()).contains("packets were lost because the ring was full");
        assertThat((Long) loss.getUserData()).isPositive();
    }
}
