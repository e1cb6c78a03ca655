package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Kinds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever socket of the JDK an application uses, it works as before and its packets have their causes. */
final class KindsOfSocketIT {
    @TempDir
    private static Path folder;

    private static String out;
    private static String err;
    private static List<CapturedPacket> packets;
    private static Path file;

    @BeforeAll
    static void capture() {
        Needs.bpf();
        file = folder.resolve("kinds.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App server6 = hasIpv6() ? App.of(folder, EchoServer.class, "::1").start() : null;
                App kinds = App.of(folder, Kinds.class, server.await("port "),
                        server6 == null ? 0 : server6.await("port "), folder).agent("start,file=" + file).start()) {
            kinds.startAnswer().assertOk();
            kinds.awaitEnd();
            out = kinds.out();
            err = kinds.err();
        }
        packets = Tshark.packets(file);
    }

    private static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return probe.isBound();
        } catch (IOException none) {
            return false;
        }
    }

    /** The packets of a kind, after asserting that the application had no trouble. */
    private static List<CapturedPacket> packets(String kind) {
        assertThat(out + err).contains(kind + " done").doesNotContain(kind + " failed");
        int port = out.lines().filter(line -> line.startsWith(kind + " port "))
                .mapToInt(line -> Integer.parseInt(line.substring((kind + " port ").length()))).findFirst().orElseThrow();
        // one kind is of IPv6, where a port may be in use that another kind has
        boolean isIpv6 = kind.equals("ipv6");
        List<CapturedPacket> found = packets.stream()
                .filter(packet -> packet.isOf(port) && packet.source().contains(":") == isIpv6).toList();
        assertThat(found).as("packets of port %d", port).isNotEmpty();
        return found;
    }

    private static List<String> causes(List<CapturedPacket> packets, boolean outbound, int onlyFlag) {
        return packets.stream().filter(packet -> packet.outbound() == outbound && packet.hasOnly(onlyFlag))
                .map(CapturedPacket::causes).toList();
    }

    private static List<CapturedPacket> data(List<CapturedPacket> packets, boolean outbound) {
        List<CapturedPacket> data = packets.stream()
                .filter(packet -> packet.payloadLength() > 0 && packet.outbound() == outbound).toList();
        assertThat(data).as("data packets").isNotEmpty();
        assertThat(data).allSatisfy(packet -> assertThat(packet.operations()).as("operations of packet %d: %s", packet.id(),
                packet.comments()).isNotEmpty());
        return data;
    }

    private static List<CapturedPacket> with(List<CapturedPacket> packets, boolean outbound, int flag) {
        return packets.stream().filter(packet -> packet.outbound() == outbound && packet.has(flag)).toList();
    }

    @Test
    void the_application_had_no_trouble_and_the_books_are_right() {
        assertThat(err).isEmpty();
        assertThat(out).doesNotContain("failed");
        assertThat(PcapngFile.read(file).assertInOrder().assertBooks().lost()).isZero();
        Readers.assertReadable(file);
    }

    @Test
    void http_client_and_server_have_their_threads() {
        for (String kind : List.of("http", "virtual-http")) {
            List<CapturedPacket> http = packets(kind);
            for (CapturedPacket packet : data(http, true)) {
                assertThat(packet.operations()).allSatisfy(operation -> {
                    assertThat(operation.kind()).isEqualTo("write");
                    assertThat(operation.thread()).matches(kind + "|" + kind + "-handler|HttpClient-\\d+-.*|HTTP-Dispatcher");
                });
            }
            for (CapturedPacket packet : data(http, false)) {
                assertThat(packet.operations()).allSatisfy(operation -> {
                    assertThat(operation.kind()).isEqualTo("read");
                    assertThat(operation.thread()).matches(kind + "|" + kind + "-handler|HttpClient-\\d+-.*|HTTP-Dispatcher");
                });
            }
            assertThat(data(http, true)).anySatisfy(packet ->
                    assertThat(packet.causes()).contains("write " + kind + "-handler Kinds.answer"));
        }
    }

    @Test
    void an_asynchronous_channel_has_the_threads_that_moved_the_bytes() {
        List<CapturedPacket> asynchronous = packets("asynchronous");
        assertThat(data(asynchronous, true)).allSatisfy(packet ->
                assertThat(packet.operations()).allSatisfy(operation -> assertThat(operation.kind()).isEqualTo("write")));
        assertThat(data(asynchronous, true)).anySatisfy(packet ->
                assertThat(packet.causes()).contains("write asynchronous Kinds.writeAsynchronously"));
        assertThat(data(asynchronous, false)).allSatisfy(packet ->
                assertThat(packet.operations()).allSatisfy(operation -> assertThat(operation.kind()).isEqualTo("read")));
    }

    @Test
    void a_handshake_belongs_to_connect_on_one_side_and_to_accept_on_the_other() {
        List<CapturedPacket> accepting = packets("accepting");
        int both = CapturedPacket.SYN | CapturedPacket.ACK;
        String connect = "[connect connecting Kinds.connectTo]";
        String accept = "[accept accepting Kinds.acceptOne]";
        assertThat(causes(accepting, true, CapturedPacket.SYN)).containsExactly(connect);
        assertThat(causes(accepting, false, CapturedPacket.SYN)).containsExactly(accept);
        assertThat(causes(accepting, true, both)).containsExactly(accept);
        assertThat(causes(accepting, false, both)).containsExactly(connect);
        assertThat(data(accepting, true)).extracting(CapturedPacket::causes)
                .containsExactly("[write accepting Kinds.accepting]");
        assertThat(data(accepting, false)).extracting(CapturedPacket::causes)
                .containsExactly("[read connecting Kinds.connectTo]");
    }

    @Test
    void bytes_of_a_file_sent_by_the_kernel_have_the_thread_that_asked_for_it() {
        List<CapturedPacket> sent = data(packets("sendfile"), true);
        assertThat(sent.stream().mapToInt(CapturedPacket::payloadLength).sum()).isGreaterThanOrEqualTo(300_000);
        assertThat(sent).allSatisfy(packet -> assertThat(packet.operations()).allSatisfy(operation ->
                assertThat(operation.cause()).isEqualTo("sendfile sendfile Kinds.sendFile")));
    }

    @Test
    void unix_domain_sockets_work_as_before() {
        assertThat(out).contains("unix done").doesNotContain("unix failed");
    }

    @Test
    void ipv6_is_captured_as_ipv4_is() {
        assumeTrue(hasIpv6(), "left out: this machine has no ::1");
        List<CapturedPacket> ipv6 = packets("ipv6");
        assertThat(ipv6).extracting(CapturedPacket::source).containsOnly("::1");
        assertThat(causes(ipv6, true, CapturedPacket.SYN)).containsExactly("[connect ipv6 Kinds.ipv6]");
        assertThat(data(ipv6, true)).extracting(CapturedPacket::causes).containsExactly("[write ipv6 Kinds.ipv6]");
        assertThat(data(ipv6, false)).extracting(CapturedPacket::causes).containsExactly("[read ipv6 Kinds.ipv6]");
        assertThat(with(ipv6, true, CapturedPacket.FIN)).extracting(CapturedPacket::causes)
                .containsExactly("[shutdown ipv6 Kinds.ipv6]");
    }

    @Test
    void a_refused_connection_has_a_syn_and_a_reset_that_belong_to_connect() {
        List<CapturedPacket> refused = packets("refused");
        assertThat(causes(refused, true, CapturedPacket.SYN)).containsExactly("[connect refused Kinds.refused]");
        assertThat(with(refused, false, CapturedPacket.RST)).extracting(CapturedPacket::causes)
                .containsExactly("[connect refused Kinds.refused]");
    }

    @Test
    void a_reset_belongs_to_the_close_that_sent_it() {
        assertThat(with(packets("reset"), true, CapturedPacket.RST)).extracting(CapturedPacket::causes)
                .containsExactly("[close reset Kinds.closeAtOnce]");
        assertThat(with(packets("unread"), true, CapturedPacket.RST)).isNotEmpty().extracting(CapturedPacket::causes)
                .containsOnly("[close unread Kinds.closeWithRest]");
    }

    @Test
    void a_half_close_belongs_to_shutdown_and_the_peers_end_to_the_read_that_met_it() {
        List<CapturedPacket> half = packets("half-close");
        assertThat(with(half, true, CapturedPacket.FIN)).extracting(CapturedPacket::causes)
                .containsExactly("[shutdown half-close Kinds.endOutput]");
        assertThat(data(half, false)).allSatisfy(packet ->
                assertThat(packet.causes()).contains("read half-close Kinds.readToEnd"));
        assertThat(with(half, false, CapturedPacket.FIN)).isNotEmpty().extracting(CapturedPacket::causes)
                .containsOnly("[read half-close Kinds.readToEnd]");
    }

    @Test
    void a_close_without_a_shutdown_belongs_to_close() {
        List<CapturedPacket> closed = packets("peer-close");
        assertThat(with(closed, true, CapturedPacket.FIN)).extracting(CapturedPacket::causes).containsExactlyInAnyOrder(
                "[close peer-close Kinds.closeFirst]", "[close peer-close Kinds.peerClose]");
    }

    @Test
    void a_socket_closed_under_a_waiting_read_ends_by_the_thread_that_closed_it() {
        List<CapturedPacket> closed = packets("interrupted");
        assertThat(with(closed, true, CapturedPacket.FIN)).extracting(CapturedPacket::causes)
                .containsExactly("[shutdown interrupted Kinds.closedWhileReading]");
    }

    @Test
    void an_urgent_byte_belongs_to_its_write() {
        List<CapturedPacket> urgent = packets("urgent");
        assertThat(data(urgent, true)).extracting(CapturedPacket::causes).containsOnly("[write urgent Kinds.urgent]");
        assertThat(data(urgent, true).stream().mapToInt(CapturedPacket::payloadLength).sum()).isEqualTo(6);
    }
}
