package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Habits;
import dev.netflight.it.app.Lookups;
import dev.netflight.it.app.NettyTrickle;
import dev.netflight.it.app.RudeServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.util.IPreferenceValueProvider;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;
import org.openjdk.jmc.flightrecorder.rules.IResult;
import org.openjdk.jmc.flightrecorder.rules.IRule;
import org.openjdk.jmc.flightrecorder.rules.RuleRegistry;
import org.openjdk.jmc.flightrecorder.rules.Severity;
import org.openjdk.jmc.flightrecorder.rules.util.RulesToolkit;

/** Each rule for Mission Control speaks of the bad habit and is silent about the good one. */
final class RulesIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @Test
    void connections_without_a_pool_are_told_with_the_frame_that_opens_them() throws Exception {
        IResult bad = judge(EchoServer.class, "churn 60", "netflight.ConnectionChurn");
        assertTold(bad, "60 connections to 127.0.0.1 port ", "Habits.run(Habits.java:");
        assertSilent(judge(EchoServer.class, "keep 60", "netflight.ConnectionChurn"));
    }

    @Test
    void bytes_that_are_written_one_by_one_are_told_with_the_frame_that_writes_them() throws Exception {
        IResult bad = judge(EchoServer.class, "bytewise 500", "netflight.SmallWrites");
        assertTold(bad, "small and follow another at once", "Habits.bytewise:");
        assertSilent(judge(EchoServer.class, "together 500", "netflight.SmallWrites"));
        assertSilent(judge(EchoServer.class, "keep 500", "netflight.SmallWrites"));
    }

    @Test
    void bytes_that_an_event_loop_writes_one_by_one_are_told_with_the_frame_that_hands_them_over() throws Exception {
        try (Network loopback = Network.of(Link.LOOPBACK)) {
            assertTold(judge(loopback, EchoServer.class, NettyTrickle.class, "trickle 500", "netflight.SmallWrites"),
                    "small and follow another at once", "It comes from dev.netflight.it.app.NettyTrickle.trickle(");
        }
    }

    @Test
    void resets_by_the_peer_are_told_with_the_frame_that_opened_the_connection() throws Exception {
        IResult bad = judge(RudeServer.class, "reset 20", "netflight.PeerResets");
        assertTold(bad, "20 connections, 100.0 % of those that ended, were reset by the peer", "Habits.provoke(Habits.java:");
        assertSilent(judge(EchoServer.class, "churn 20", "netflight.PeerResets"));
    }

    @Test
    void retransmissions_are_told_with_the_frames_that_write() throws Exception {
        try (Network lossy = Network.of(Link.LOSSY)) {
            assertTold(judge(lossy, EchoServer.class, "bulk 1000", "netflight.Retransmissions"), "had to be sent again",
                    "Habits.echo:");
        }
        try (Network good = Network.of(Link.VETH)) {
            assertSilent(judge(good, EchoServer.class, "bulk 1000", "netflight.Retransmissions"));
        }
    }

    @Test
    void a_reader_that_does_not_keep_up_is_told_with_the_frame_that_reads() throws Exception {
        IResult bad = judge(EchoServer.class, "hoard 400", "netflight.SlowConsumer");
        assertTold(bad, "times to stop, since the application did not read what had come", "Habits.swallow:");
        assertSilent(judge(EchoServer.class, "bulk 400", "netflight.SlowConsumer"));
    }

    @Test
    void answers_that_lie_on_the_host_are_told_with_the_frame_that_reads_them_late() throws Exception {
        IResult bad = judge(EchoServer.class, "ponder 40", "netflight.LateReads");
        assertTold(bad, "Bytes lay on this host for ", "Habits.swallow(");
        assertThat(bad.getExplanation()).contains("A write was with the peer's kernel after ");
        assertSilent(judge(EchoServer.class, "keep 40", "netflight.LateReads"));
    }

    @Test
    void slow_lookups_are_told_with_the_frame_that_asks() throws Exception {
        assertTold(judge(lookUp(5, 40), "netflight.SlowLookups"), "lookups of hosts one in ten took ", "Lookups.lookUp");
        // so many that the first of each thread, when classes are loaded, are none of the nine of ten
        assertSilent(judge(lookUp(50, 0), "netflight.SlowLookups"));
    }

    /** Records so many lookups of each thread at a name server that takes its time. */
    private Path lookUp(int count, int millis) throws Exception {
        Needs.root();
        Needs.tool("unshare");
        Path recording = folder.resolve("lookups-" + millis + ".jfr");
        try (App app = Resolver.own(folder, App.of(folder, Lookups.class, folder.resolve("truth"), count, millis))
                .jvm("-XX:StartFlightRecording:filename=" + recording + ",settings=" + profile()).agent("start").start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
        }
        return recording;
    }

    private static void assertTold(IResult result, String summary, String frame) {
        assertThat(result.getSeverity()).as(result.getSummary()).isIn(Severity.INFO, Severity.WARNING);
        assertThat(result.getSummary()).contains(summary);
        assertThat(result.getExplanation()).contains(frame);
        assertThat(result.getSolution()).isNotBlank();
    }

    private static void assertSilent(IResult result) {
        assertThat(result.getSeverity()).as(result.getSummary()).isEqualTo(Severity.OK);
    }

    private IResult judge(Class<?> server, String habit, String rule) throws Exception {
        try (Network loopback = Network.of(Link.LOOPBACK)) {
            return judge(loopback, server, habit, rule);
        }
    }

    private IResult judge(Network network, Class<?> server, String habit, String rule) throws Exception {
        return judge(network, server, Habits.class, habit, rule);
    }

    /** Records a program's habit, and gives what the rule says of it. */
    private IResult judge(Network network, Class<?> server, Class<?> program, String habit, String rule) throws Exception {
        Path recording = folder.resolve(habit.replace(' ', '-') + '-' + rule + ".jfr");
        try (App peer = App.of(folder, server, network.peerAddress()).through(network.there()).start();
                App app = App.of(folder, program, network.peerAddress(), peer.await("port ")).with("netty-").through(network.here())
                        .jvm("-XX:StartFlightRecording:name=net,filename=" + recording + ",settings=" + profile())
                        .agent("start").start()) {
            app.startAnswer().assertOk();
            app.tell(habit);
            app.await("done " + habit);
            app.command("stop").assertOk();
            Run.well(App.JAVA_HOME.resolve("bin/jcmd"), app.pid(), "JFR.stop", "name=net");
        }
        return judge(recording, rule);
    }

    private String profile() {
        return Run.well(App.JAVA_HOME.resolve("bin/java"), "-jar", App.jar(), "jfc", folder).lines().toList().getLast();
    }

    private static IResult judge(Path recording, String rule) throws Exception {
        IItemCollection events = JfrLoaderToolkit.loadEvents(recording.toFile());
        IRule asked = RuleRegistry.getRules().stream().filter(found -> found.getId().equals(rule)).findFirst().orElseThrow();
        Map<IRule, Future<IResult>> results = RulesToolkit.evaluateParallel(List.of(asked), events,
                IPreferenceValueProvider.DEFAULT_VALUES, 1);
        return results.get(asked).get();
    }
}
