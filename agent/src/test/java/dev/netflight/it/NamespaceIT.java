package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.it.Network.Link;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Endpoint;
import dev.netflight.it.app.InNamespaces;
import dev.netflight.it.app.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM in namespaces of its own, and devices that lie on top of one another. */
final class NamespaceIT {
    private static final int BYTES = 200_000;

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.wholePackets();
        Needs.root();
        Needs.tool("tshark");
    }

    /** With {@code /proc} of its own, and with that of the host, by which it has other numbers. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"--mount-proc", "--mount"})
    void in_pid_network_mount_and_control_group_namespaces_of_its_own_a_jvm_has_the_same_truth(String proc) {
        Needs.tool("unshare");
        try (Network network = Network.of(Link.VETH)) {
            var through = new ArrayList<>(List.of(network.here()));
            through.addAll(List.of("unshare", "--pid", "--mount", "--cgroup", "--fork", "--kill-child", proc));
            List<CapturedPacket> packets = talk(network, "auto", through.toArray(String[]::new));
            assertThat(values(packets, "PID")).as("as the JVM counts").containsExactly("1");
            assertThat(values(packets, "ParentPID")).as("its parent is not in the namespace").containsExactly("");
            assertThat(values(packets, "Cmd")).containsExactly(App.JAVA_HOME.resolve("bin/java").toString());
            assertThat(values(packets, "ThreadId")).as("as the JVM counts").allSatisfy(tid ->
                    assertThat(Integer.parseInt(tid)).isBetween(2, 300));
        }
    }

    private static Set<String> values(List<CapturedPacket> packets, String key) {
        return packets.stream().map(packet -> packet.value(key)).collect(Collectors.toSet());
    }

    /** Two sides talk, ours runs through a command; asserts the truth and gives the data packets. */
    private List<CapturedPacket> talk(Network network, String backend, String... through) {
        Path file = folder.resolve("endpoint.pcapng");
        Path truth = folder.resolve("endpoint.truth");
        try (App peer = App.of(folder, Endpoint.class, network.peerAddress(), "-").through(network.there()).start();
                App app = App.of(folder, Endpoint.class, network.ownAddress(), truth).through(through)
                        .agent("start,file=" + file + ",snaplen=0,backend=" + backend).start()) {
            app.startAnswer().assertOk();
            new Talk(app, peer).connect(network).talk(BYTES).end();
            app.awaitEnd();
        }
        new GroundTruth(truth).judge(file, Long.MIN_VALUE / 2).assertNothingWrong().assertKnown().assertAllBytes();
        return Tshark.packets(file).stream().filter(packet -> packet.payloadLength() > 0).toList();
    }

    @Test
    void the_container_is_known_where_a_control_group_namespace_hides_its_name() throws IOException {
        Needs.tool("unshare");
        String id = String.format("%064x", ProcessHandle.current().pid());
        Path file = folder.resolve("container.pcapng");
        try (ControlGroup group = ControlGroup.make("docker-" + id + ".scope");
                App server = App.of(folder, EchoServer.class).start()) {
            var through = new ArrayList<>(List.of(group.entering()));
            through.addAll(List.of("unshare", "--cgroup"));
            try (App app = App.of(folder, Kinds.class, server.await("port "), 0, folder)
                    .through(through.toArray(String[]::new)).agent("start,file=" + file).start()) {
                app.awaitEnd();
            }
        }
        assertThat(values(Tshark.packets(file), "ContainerId")).containsExactly(id);
    }

    @Test
    void sockets_in_several_network_namespaces_are_in_one_capture_with_the_names_of_their_devices() {
        Path file = folder.resolve("namespaces.pcapng");
        try (Network network = Network.of(Link.VETH);
                App one = App.of(folder, EchoServer.class).through(network.here()).start();
                App two = App.of(folder, EchoServer.class).through(network.there()).start();
                App app = App.of(folder, InNamespaces.class, network.files().get(0), one.await("port "),
                        network.files().get(1), two.await("port ")).jvm("--enable-native-access=ALL-UNNAMED")
                        .agent("start,file=" + file).start()) {
            app.awaitEnd();
            assertThat(app.out().lines().filter("done"::equals)).as(app.err()).hasSize(2);
        }
        List<CapturedPacket> packets = Tshark.packets(file);
        for (String thread : List.of("in-0", "in-1")) {
            List<CapturedPacket> its = packets.stream().filter(packet -> packet.causes().contains(thread)).toList();
            assertThat(its.stream().filter(packet -> packet.hasOnly(CapturedPacket.SYN))).as("SYN of %s", thread).hasSize(1);
            assertThat(its.stream().filter(packet -> packet.payloadLength() == 5)).as("data of %s", thread).hasSize(2);
        }
        String interfaces = Run.well("tshark", "-n", "-r", file, "-T", "fields", "-e", "frame.interface_id", "-e",
                "frame.interface_name", "-e", "frame.interface_description");
        assertThat(interfaces.lines().distinct().toList()).as("loopback of two namespaces").hasSize(2)
                .allSatisfy(line -> assertThat(line.split("\t")[1]).isEqualTo("lo"))
                .extracting(line -> line.split("\t")[2]).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "{0} of type {1}, backend={3}")
    @CsvSource({"br0,bridge,'',tracepoint", "mv0,macvlan,'',tracepoint", "v0.7,vlan,id 7,tracepoint", "br0,bridge,'',tc",
        "mv0,macvlan,'',tc", "v0.7,vlan,id 7,tc"})
    void a_packet_that_passes_stacked_devices_is_recorded_once(String device, String type, String options, String backend) {
        try (Network network = Network.of(Link.VETH).under(device, type,
                options.isEmpty() ? new String[0] : options.split(" "))) {
            talk(network, backend, network.here());
        }
        Path file = folder.resolve("endpoint.pcapng");
        Map<String, Integer> seen = new TreeMap<>();
        Run.lines(line -> seen.merge(line, 1, Integer::sum), "tshark", "-n", "-r", file, "-T", "fields", "-e",
                "frame.packet_flags_direction", "-e", "tcp.srcport", "-e", "tcp.dstport", "-e", "tcp.seq_raw", "-e",
                "tcp.ack_raw", "-e", "tcp.flags", "-e", "ip.id", "-e", "tcp.len");
        assertThat(seen).as("packets").hasSizeGreaterThan(100);
        assertThat(seen.entrySet().stream().filter(packet -> packet.getValue() > 1)).as("packets that occur twice").isEmpty();
        assertThat(Tshark.count(file, "tcp.flags.syn == 1 && tcp.flags.ack == 1")).as("SYN-ACK of 18 connections").isEqualTo(18);
        String outbound = Run.well("tshark", "-n", "-r", file, "-Y", "frame.packet_flags_direction == 2", "-T", "fields",
                "-e", "frame.interface_name");
        assertThat(outbound.lines().distinct()).as("outbound at the device that has the address").containsExactly(device);
    }

    @Test
    void namespaces_are_gone_after_the_tests() {
        Network network = Network.of(Link.VETH);
        network.close();
        assertThat(network.files()).allSatisfy(file -> assertThat(Path.of(file)).matches(path -> !Files.exists(path)));
    }
}
