package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.DatagramEndpoint;
import dev.netflight.it.app.Datagrams;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Endpoint;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same truth whatever hooks take the packets, and what others have put at these hooks stays as it is. */
final class BackendIT {
    private static final long ALL = Long.MIN_VALUE / 2;
    private static final int BYTES = 300_000;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.root();
        Needs.tool("tshark");
        Needs.tool("nsenter");
    }

    static Stream<Arguments> backendsAndLinks() {
        // what comes in another order is attributed behind the hooks: once is enough, in the matrix
        return Stream.of("tc", "cgroup").flatMap(backend -> EnumSet.complementOf(EnumSet.of(Link.REORDERING)).stream()
                .map(link -> arguments(backend, link)));
    }

    @ParameterizedTest(name = "backend={0} over {1}")
    @MethodSource("backendsAndLinks")
    void streams_have_their_threads(String backend, Link link) throws IOException {
        talk(backend, link, Endpoint.class, BYTES);
        GroundTruth truth = new GroundTruth(truth()).judge(file(), ALL);
        System.out.println("backend=" + backend + " over " + link + '\n' + truth);
        assertThat(truth.results()).as("rows").hasSize(12);
        truth.assertNothingWrong().assertKnown();
    }

    @ParameterizedTest(name = "backend={0} over {1}")
    @MethodSource("backendsAndLinks")
    void datagrams_have_their_threads(String backend, Link link) throws IOException {
        talk(backend, link, DatagramEndpoint.class, BYTES / 5);
        DatagramTruth truth = new DatagramTruth(truth()).judge(file(), ALL);
        System.out.println("backend=" + backend + " over " + link + '\n' + truth);
        truth.assertNothingWrong();
        if (link != Link.LOSSY) {
            // where the neighbour's answer is lost datagrams wait for it, and are of no call then
            truth.assertKnown();
        }
    }

    /** {@code ip netns exec} would hide the control groups. */
    private void talk(String backend, Link link, Class<?> endpoint, int bytes) throws IOException {
        try (Network network = Network.of(link); ControlGroup group = ControlGroup.make();
                App peer = App.of(folder, endpoint, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, endpoint, network.ownAddress(), truth()).through(group.entering())
                        .through(link == Link.LOOPBACK ? new String[0] : entering(network))
                        .agent("start,file=" + file() + ",snaplen=0,backend=" + backend).start()) {
            app.startAnswer().assertOk();
            Talk talk = new Talk(app, peer).connect(network).talk(bytes);
            app.command("stop").assertOk().books().assertClosed();
            talk.end();
            app.awaitEnd();
        }
        assertThat(PcapngFile.read(file()).assertInOrder().assertBooks().lost()).as("lost").isZero();
    }

    @ParameterizedTest(name = "backend={0}, {1}")
    @CsvSource({"tc,count=100", "cgroup,count=100", "tc,count=40 ahead=0", "cgroup,count=40 ahead=0"})
    void every_kind_of_datagram_socket_has_its_calls(String backend, String how) {
        DatagramTruth truth = datagrams(backend, new String[0], how.split(" "));
        assertThat(truth.rows()).as("kinds of sockets, threads, families and directions").isEqualTo(60);
        truth.assertAll();
    }

    @ParameterizedTest(name = "backend={0}")
    @ValueSource(strings = {"tc", "cgroup"})
    void fragmented_datagrams_have_their_calls(String backend) {
        DatagramTruth truth = datagrams(backend, new String[] {"unshare", "--net", "sh", "-c",
            "ip link set lo mtu 1500 up && exec \"$@\"", "sh"}, "count=40", "largest=9000", "ahead=5",
                "families=ipv4+ipv6+mapped");
        if (backend.equals("tc")) {
            assertThat(truth.fragments()).as("fragments but the first").isPositive();
        } else {
            assertThat(truth.fragments()).as("a control group sees a datagram whole").isZero();
        }
        truth.assertAll();
    }

    @ParameterizedTest(name = "backend={0}")
    @ValueSource(strings = {"tc", "cgroup"})
    void multicast_has_its_calls(String backend) {
        datagrams(backend, new String[] {"unshare", "--net", "sh", "-c",
            "ip link set lo multicast on up && ip route add 239.0.0.0/8 dev lo && exec \"$@\"", "sh"}, "count=100",
                "families=multicast").assertAll();
    }

    private DatagramTruth datagrams(String backend, String[] through, String... how) {
        var arguments = new ArrayList<Object>(List.of((Object[]) how));
        arguments.addFirst("truth=" + truth());
        try (App app = App.of(folder, Datagrams.class, arguments.toArray()).through(through)
                .agent("start,file=" + file() + ",snaplen=0,backend=" + backend).start()) {
            app.startAnswer().assertOk();
            app.awaitEnd();
            assertThat(app.err()).isEmpty();
        }
        DatagramTruth truth = new DatagramTruth(truth()).judge(file(), ALL);
        System.out.println(truth);
        return truth.assertNothingWrong().assertKnown();
    }

    @Test
    void a_device_that_appears_later_is_seen_by_tc_from_its_first_packet_on() {
        try (Network network = Network.of(Link.VETH)) {
            Run.well("ip", "-n", network.own(), "link", "del", "v0");
            try (App talker = App.of(folder, Talker.class, "0", network.peerAddress()).through(network.here())
                    .agent("start,file=" + file() + ",backend=tc").start()) {
                talker.startAnswer().assertOk();
                network.lay();
                try (App server = App.of(folder, EchoServer.class, network.peerAddress()).through(network.there()).start()) {
                    talker.tell("port " + server.await("port "));
                    talker.tell("say 10");
                    talker.awaitNumber("said ", 10);
                    talker.command("stop").assertOk();
                }
            }
        }
        List<CapturedPacket> packets = Tshark.packets(file());
        assertThat(packets.getFirst().hasOnly(CapturedPacket.SYN)).as("first packet: %s", packets.getFirst()).isTrue();
        assertThat(packets.stream().filter(packet -> packet.payloadLength() > 0)).as("messages and echoes").hasSize(20)
                .allSatisfy(packet -> assertThat(packet.causes()).isEqualTo(
                        "[" + (packet.outbound() ? "write" : "read") + " talker Talker.say]"));
        assertThat(Run.well("tshark", "-n", "-r", file(), "-T", "fields", "-e", "frame.interface_name").lines().distinct())
                .containsExactly("v0");
    }

    @Test
    void programs_of_others_count_every_packet_and_ours_leave_no_trace_after_kill_9() {
        try (Network network = Network.of(Link.VETH);
                ForeignPrograms before = foreign(network, "before", 1);
                App server = App.of(folder, EchoServer.class).through(entering(network)).start();
                App talker = App.of(folder, Talker.class, server.await("port ")).through(entering(network))
                        .agent("start,file=" + file() + ",snaplen=0,backend=tc").start();
                ForeignPrograms after = foreign(network, "after", 2)) {
            talker.startAnswer().assertOk();
            talker.tell("say 1000");
            talker.awaitNumber("said ", 1000);
            Bpftool.Objects held = talker.bpf();
            assertThat(held.links()).as("our links").isNotEmpty();
            ForeignPrograms.Counts counts = after.counts();
            assertThat(counts.tcxIn()).as("packets that another's program has seen").isGreaterThanOrEqualTo(2000);

            talker.tell("say 100000000 1000");
            talker.awaitNumber("said ", 1000);
            await("some talking").until(() -> after.counts().since(counts).tcxIn() > 500);
            talker.kill();
            await("nothing of ours in the kernel").atMost(Duration.ofSeconds(2)).pollInterval(Duration.ofMillis(100))
                    .untilAsserted(() -> assertThat(held.remaining().isEmpty()).as("%s", held.remaining()).isTrue());

            // all is quiet now: each has counted what the device has, the later ones from their beginning on
            ForeignPrograms.Counts first = before.counts();
            long packets = packets(network);
            assertThat(first).isEqualTo(new ForeignPrograms.Counts(packets, packets, packets, packets));
            // without a clsact verdict of its own the second is not asked: the first one's is TC_ACT_OK
            ForeignPrograms.Counts second = after.counts();
            assertThat(second.tcxOut()).as("as many out as in").isEqualTo(second.tcxIn());
            assertThat(second.clsactIn()).isZero();

            try (App another = App.of(folder, Talker.class, server.await("port ")).through(entering(network)).start()) {
                another.tell("say 100");
                another.awaitNumber("said ", 100);
            }
            long more = packets(network) - packets;
            assertThat(more).isGreaterThan(200);
            assertThat(before.counts().since(first)).isEqualTo(new ForeignPrograms.Counts(more, more, more, more));
            assertThat(after.counts().since(second).tcxIn()).isEqualTo(more);
            assertThat(Tshark.packets(file()).stream().filter(packet -> packet.payloadLength() > 0 && packet.outbound())
                    .limit(1000)).as("messages").hasSize(1000).allSatisfy(packet ->
                            assertThat(packet.causes()).isEqualTo("[write talker Talker.say]"));
        }
    }

    /** What the loopback device of the JVM's side says of itself. */
    private static long packets(Network network) {
        Matcher said = Pattern.compile("\"rx\":\\{\"bytes\":\\d+,\"packets\":(\\d+)")
                .matcher(Run.well("ip", "-n", network.own(), "-s", "-j", "link", "show", "lo"));
        assertThat(said.find()).as("statistics of lo").isTrue();
        return Long.parseLong(said.group(1));
    }

    private ForeignPrograms foreign(Network network, String name, int priority) {
        return ForeignPrograms.attach(folder, name, "lo", priority, entering(network));
    }

    private static String[] entering(Network network) {
        return new String[] {"nsenter", "--net=" + network.files().getFirst()};
    }

    @ParameterizedTest(name = "without {0} auto is {1}")
    @CsvSource(delimiter = '|', value = {
        "nothing                        | tracepoint | packets at the devices of every network namespace",
        "net_dev_start_xmit             | tc         | not tracepoint: The kernel has no tracepoint net_dev_start_xmit",
        "net_dev_start_xmit,tcx/ingress | cgroup     | not tc: The kernel has no hook tcx/ingress"})
    void auto_takes_the_best_that_there_is_and_status_says_why(String without, String backend, String why) {
        try (App server = App.of(folder, EchoServer.class).start();
                App talker = App.of(folder, Talker.class, server.await("port ")).jvm("-Dnetflight.without=" + without)
                        .agent("start,file=" + file()).start()) {
            talker.startAnswer().assertOk();
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
            assertThat(talker.command("status").assertOk().text()).containsPattern("backend: +" + backend + ": packets ")
                    .contains(why);
            assertThat(talker.command("stop").assertOk().books().assertClosed().emitted()).isGreaterThanOrEqualTo(20);
            assertThat(talker.command("check").assertOk().text()).contains("backend=" + backend, "(this one)");
        }
    }

    @ParameterizedTest(name = "{0}, without {1}")
    @CsvSource(delimiter = '|', value = {
        "backend=tc                   | tcx/egress        | no hook tcx/egress (mainline since 6.6)",
        "backend=cgroup               | cgroup_skb/egress | no hook cgroup_skb/egress (mainline since 6.2)",
        "backend=cgroup,filter=vlan 5 | nothing           | asks for the link layer"})
    void a_backend_that_cannot_be_used_is_refused_in_a_sentence(String options, String without, String sentence) {
        try (App talker = App.of(folder, Talker.class, "1").jvm("-Dnetflight.without=" + without)
                .agent("start,file=" + file() + "," + options).start()) {
            assertThat(talker.startAnswer().assertError()).contains(sentence);
            assertThat(talker.bpf().isEmpty()).isTrue();
        }
    }

    private Path file() {
        return folder.resolve("backend.pcapng");
    }

    private Path truth() {
        return folder.resolve("backend.truth");
    }
}
