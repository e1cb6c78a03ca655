package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.it.app.DatagramEcho;
import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Filtered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The same packets as tcpdump's, byte by byte, with the same expression on the same device at the same time: of the
 * process's packets those that the expression accepts, and no others. Most of the time is spent waiting for kernel and tcpdump, so the
 * tests, each in a network of its own, run two at a time.
 */
final class FilterIT {
    /**
     * Not among them: inbound and outbound. libpcap 1.10 judges the first packets of a capture by its own interpreter, which
     * does not know what these two look at, and so misses some.
     *
     * <p>For the JVM's connections from 10.9.0.1 and fd00:9::1 to 10.9.0.2 and fd00:9::2. PORT is the server's.
     */
    private static final List<String> EXPRESSIONS = List.of(
            "tcp", "ip", "ip6", "udp", "not tcp", "arp or icmp6", "host 10.9.0.2", "src host 10.9.0.1", "dst host 10.9.0.1",
            "host fd00:9::2", "src fd00:9::2", "dst host fd00:9::2", "src or dst host 10.9.0.1",
            "src and dst host 10.9.0.1", "net 10.9.0.0/24", "src net 10.9", "dst net fd00:9::/64",
            "net 10.9.0.0 mask 255.255.255.0", "ip6 net fd00:9::/126", "port PORT", "src port PORT", "dst port PORT",
            "tcp port PORT", "tcp src port PORT", "tcp dst port PORT", "udp port PORT", "port 1", "portrange 1-1024",
            "portrange 1024-65535", "tcp dst portrange 1-1024", "ip proto 6", "ip proto \\tcp", "ip6 proto 6",
            "ether proto 0x86dd", "ether proto \\ip", "ether multicast", "ether broadcast", "broadcast", "ip multicast",
            "less 60", "less 70", "greater 100", "greater 1000", "len = 66", "len > 80 and len < 200",
            "ip[0] = 0x45", "ip[8] = 64", "ip[6:2] & 0x4000 != 0", "ip[2:2] > 100", "ip[12:4] = 0x0a090001",
            "ip6[6] = 6", "ip6[7] = 64", "ip6[4:2] > 100", "ether[12:2] = 0x800", "ether[0] & 1 = 0",
            "tcp[13] = 2", "tcp[13] & 2 != 0", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[tcpflags] == tcp-ack",
            "tcp[tcpflags] & tcp-push != 0", "tcp[tcpflags] & tcp-rst != 0", "tcp[0:2] = PORT", "tcp[2:2] = PORT",
            "tcp[12] >> 4 > 8", "tcp[14:2] / 256 > 100",
            "tcp and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)",
            "tcp port PORT and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) > 1000)",
            "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", "ip6[72:4] = 0x47455420",
            "not port PORT", "ip and not port PORT", "host 10.9.0.1 and (port PORT or port 1)",
            "src host 10.9.0.1 and dst port PORT", "(ip and dst port PORT) or (ip6 and src port PORT)",
            "vlan", "not vlan", "tcp or vlan");

    private static final List<String> TAGGED = List.of(
            "vlan", "vlan 5", "vlan 6", "not vlan", "vlan and tcp", "vlan 5 and ip", "vlan 5 and ip6", "vlan and port PORT",
            "vlan and src host 10.9.0.1", "vlan 5 and tcp[tcpflags] & tcp-syn != 0", "tcp", "ip", "vlan or tcp", "greater 100",
            "len = 70", "vlan and greater 1000", "ether[0] & 1 = 0",
            "len = 66", "vlan and tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420");

    private static final List<String> LOOPBACK = List.of(
            "tcp", "ip", "ip6", "host 127.0.0.1", "host ::1", "src port PORT", "dst port PORT", "portrange 1-1024",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "greater 1000", "less 70", "udp", "ip[0] = 0x45", "ip6[6] = 6",
            "host ::1 and dst port PORT", "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", "ether[12:2] = 0x86dd");

    /** For datagrams; PORT is the port of those over IPv6. */
    private static final List<String> DATAGRAMS = List.of(
            "udp", "ip", "ip6", "tcp", "udp port PORT", "udp src port PORT", "udp dst port PORT", "port PORT", "not port PORT",
            "portrange 1024-65535", "udp portrange 1-1024", "ip proto 17", "ip6 proto 17", "ip proto \\udp",
            "host 10.9.0.2", "src host fd00:9::1", "udp[4:2] > 100", "udp[4:2] = 9", "udp[0:2] > 1024", "udp[8:4] = 0x47455420",
            "ip6[48:4] = 0x47455420", "ip[6:2] & 0x1fff != 0", "ip[6:2] & 0x2000 != 0", "ip6[6] = 44", "greater 700", "less 60",
            "udp and greater 500", "not udp");

    /** On some virtual machines a packet in a thousand is seen by no BPF program. */
    private static final int ATTEMPTS = 3;

    private static final Duration SOON = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    private int answers;

    @BeforeAll
    static void needs() {
        Needs.wholePackets();
        Needs.tool("tcpdump");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void on_a_cable_over_ipv4_and_ipv6() {
        try (NetworkPair pair = NetworkPair.lay("c")) {
            assertSameOnCable(pair, EXPRESSIONS);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void of_datagrams_and_their_fragments_over_ipv4_and_ipv6() {
        try (NetworkPair pair = NetworkPair.lay("u");
                App four = App.of(folder, DatagramEcho.class, "10.9.0.2").through(pair.atFar()).start();
                App six = App.of(folder, DatagramEcho.class, "fd00:9::2").through(pair.atFar()).start()) {
            String port = six.await("port ");
            try (App app = App.of(folder, Filtered.class, "udp:10.9.0.2", four.await("port "), "udp:fd00:9::2", port)
                    .through(pair.atNear()).start()) {
                assertSame(app, pair.atNear(), NetworkPair.DEVICE, DATAGRAMS, port, Frames::isUdp, "");
            }
        }
    }

    /** It sees what tcpdump does, but for what traffic control adds on the way out. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void by_traffic_control_on_a_cable() {
        try (NetworkPair pair = NetworkPair.lay("q");
                App server = App.of(folder, EchoServer.class, "::").through(pair.atFar()).start()) {
            String port = server.await("port ");
            try (App app = App.of(folder, Filtered.class, "10.9.0.2", port, "fd00:9::2", port).through(pair.atNear()).start()) {
                List<String> some = EXPRESSIONS.stream().filter(expression -> expression.hashCode() % 4 == 0).toList();
                assertSame(app, pair.atNear(), NetworkPair.DEVICE, some, port, Frames::isTcp, ",backend=tc");
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void of_packets_whose_vlan_tag_the_kernel_keeps_beside_them() {
        try (NetworkPair pair = NetworkPair.lay("v")) {
            pair.tag(TestPrograms.compiled(folder, "vlan_tag.bpf.c"));
            assertSameOnCable(pair, TAGGED);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void of_packets_that_have_their_vlan_tag_in_them() {
        try (NetworkPair pair = NetworkPair.lay("t")) {
            assumeTrue(pair.leavesTagsToSoftware(), "left out: this kernel's veth device cannot be told to");
            pair.tag(TestPrograms.compiled(folder, "vlan_tag.bpf.c"));
            assertSameOnCable(pair, TAGGED);
        }
    }

    /** Each packet on loopback leaves and arrives; tcpdump shows it once. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void on_loopback_over_ipv4_and_ipv6() {
        try (App server = App.of(folder, EchoServer.class, "::").start()) {
            String port = server.await("port ");
            try (App app = App.of(folder, Filtered.class, "127.0.0.1", port, "::1", port).start()) {
                assertSame(app, new String[0], "lo", LOOPBACK, port, Frames::isTcp, "");
            }
        }
    }

    private void assertSameOnCable(NetworkPair pair, List<String> expressions) {
        try (App server = App.of(folder, EchoServer.class, "::").through(pair.atFar()).start()) {
            String port = server.await("port ");
            try (App app = App.of(folder, Filtered.class, "10.9.0.2", port, "fd00:9::2", port).through(pair.atNear()).start()) {
                assertSame(app, pair.atNear(), NetworkPair.DEVICE, expressions, port, Frames::isTcp, "");
            }
        }
    }

    /** @param kind what of tcpdump's packets counts @param more options */
    private void assertSame(App app, String[] where, String device, List<String> expressions, String port,
            Predicate<String> kind, String more) {
        app.await("ready");
        // a first command has the bean registered
        app.command("dir=" + folder).assertOk();
        ask(app, "bean");
        ask(app, "talk");
        var differences = new ArrayList<String>();
        int matched = 0;
        for (String template : expressions) {
            String expression = template.replace("PORT", port);
            String difference = "";
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                Both both = capture(app, where, device, expression, kind, more);
                difference = both.difference();
                if (difference.isEmpty()) {
                    matched += both.ours.isEmpty() ? 0 : 1;
                    break;
                }
            }
            if (!difference.isEmpty()) {
                differences.add(expression + ": " + difference);
            }
        }
        assertThat(differences).as("expressions with other packets than tcpdump's").isEmpty();
        assertThat(matched).as("expressions that accept something").isGreaterThan(expressions.size() / 2);
    }

    private record Both(List<String> ours, List<String> theirs) {
        String difference() {
            var missing = new ArrayList<>(theirs);
            ours.forEach(missing::remove);
            var tooMany = new ArrayList<>(ours);
            theirs.forEach(tooMany::remove);
            return missing.isEmpty() && tooMany.isEmpty() ? ""
                    : "tcpdump has " + theirs.size() + ", we have " + ours.size() + "; missing " + front(missing) + ", too many " + front(tooMany);
        }
    }

    /** Enough of the packets to see what they are. */
    private static List<String> front(List<String> frames) {
        return frames.stream().limit(5).map(frame -> frame.substring(0, Math.min(frame.length(), 120))).toList();
    }

    private Both capture(App app, String[] where, String device, String expression, Predicate<String> kind,
            String more) {
        Path ours = folder.resolve("ours.pcapng");
        Path theirs = folder.resolve("theirs.pcap");
        try {
            Files.deleteIfExists(theirs);
            Files.deleteIfExists(ours);
            try (Tcpdump tcpdump = Tcpdump.on(device, theirs, expression, where)) {
                ask(app, "start file=" + ours + ",snaplen=0,interface=" + device + more + ",filter=" + expression.replace(",", "\\,"));
                ask(app, "talk");
                ask(app, "stop");
                List<String> all = Frames.ofPcapng(ours);
                List<String> mine = device.equals("lo") ? all.stream().distinct().toList() : all;
                awaitPackets(theirs, mine.size(), tcpdump, kind);
                tcpdump.end();
                return new Both(mine, of(theirs, kind));
            }
        } catch (IOException problem) {
            throw new AssertionError(problem);
        } catch (InterruptedException interrupted) {
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** tcpdump writes a packet some moments after it has gone by. Where it has fewer in the end the comparison says so. */
    private static void awaitPackets(Path file, int count, Tcpdump tcpdump, Predicate<String> kind) {
        try {
            Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(10))
                    .until(() -> of(file, kind).size() >= count || !tcpdump.isAlive());
        } catch (ConditionTimeoutException tooFew) {
            // a difference
        }
    }

    private static List<String> of(Path file, Predicate<String> kind) {
        return Frames.ofPcap(file).stream().filter(kind).toList();
    }

    private void ask(App app, String line) {
        app.tell(line);
        String answer = app.await("answer " + ++answers + ' ');
        assertThat(answer).as("answer to %s", line).doesNotContain("ERROR", "failed");
    }
}
