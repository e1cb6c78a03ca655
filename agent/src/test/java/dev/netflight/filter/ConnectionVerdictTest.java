package dev.netflight.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.netflight.filter.KernelAndLibpcap.View;
import dev.netflight.libbpf.Libpcap;
import dev.netflight.libbpf.NativeLibrary;
import dev.netflight.libbpf.PcapException;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionVerdictTest {
    private static final int VARIANTS = 8;
    private static final int CONNECTIONS = 24;

    private final Random random = new Random(Long.getLong("netflight.seed", 20_261_121));
    private final Libpcap libpcap = new Libpcap(NativeLibrary.required());

    private PacketFilter filter(String expression) throws FilterException {
        return PacketFilter.compile(libpcap, expression, PacketFilter.NO_NETMASK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "ip", "ip6", "udp", "tcp port 443", "port 443", "src port 80", "dst port 80",
        "src or dst port 80", "src and dst port 80", "portrange 1-1024", "tcp dst portrange 8000-9000", "host 10.9.0.1",
        "src host fd00:9::1", "net 10.9.0.0/24", "ip6 net fd00:9::/64", "host 10.9.0.1 and not port 80",
        "tcp and not (host 10.9.0.1 and port 80)", "src host 10.9.0.1 and dst port 80",
        "(ip and dst port 80) or (ip6 and src port 80)", "ip proto 6", "ip6 proto 6", "ether proto \\ip",
        "ip[12:4] = 0x0a090001", "ip[9] = 6", "ip[6:2] & 0x1fff = 0 and tcp", "tcp[0:2] > 1023", "tcp[2:2] & 1 = 0",
        "tcp[1:2] > 255", "inbound and tcp port 80", "ip multicast", "arp", "mpls"})
    void it_is_the_connections_where_only_addresses_ports_and_protocols_are_looked_at(String expression) throws Exception {
        assertTrue(filter(expression).isByConnection());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp[tcpflags] & tcp-syn != 0", "tcp[13] = 2", "greater 100", "less 60", "len > 66", "ip[8] < 5",
        "ip[2:2] > 100", "ip[6:2] & 0x4000 != 0", "ip[6:2] != 0", "ip[0] = 0x45", "ip[0] & 0x0f > 5", "ip6[7] = 64",
        "ip6[4:2] > 100", "ip6[0] = 0x60", "tcp[4:4] > 0", "tcp[3:2] > 0", "tcp[20:4] = 0x47455420",
        "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", "tcp port 80 and greater 100", "ether host 02:00:00:00:00:01",
        "ether broadcast", "ether[0] & 1 = 0", "vlan", "tcp or vlan", "vlan 5 and tcp port 80"})
    void it_is_not_where_packets_of_one_connection_differ(String expression) throws Exception {
        assertFalse(filter(expression).isByConnection());
    }

    /** To tcpdump an expression without vlan sees no IP behind a tag that stands in a frame. */
    @ParameterizedTest
    @ValueSource(strings = {"not tcp", "not port 80", "not host 10.9.0.1", "ether proto 0x8100", "ether proto 0x88a8 or tcp"})
    void it_is_not_where_a_frame_with_a_tag_could_be_accepted(String expression) throws Exception {
        assertFalse(filter(expression).isByConnection());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tcp port 443", "tcp and host 10.9.0.1", "ip proto 6", "arp", "icmp", "tcp[tcpflags] & tcp-syn != 0",
        "tcp and not port 22", "vlan and tcp", "ip and tcp port 80 or ip6 and tcp port 81"})
    void it_rejects_datagrams_where_every_way_asks_for_another_protocol(String expression) throws Exception {
        assertTrue(filter(expression).rejectsDatagrams());
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "port 443", "host 10.9.0.1", "ip", "ip6", "not tcp", "greater 100", "tcp or udp port 53",
        "udp[4:2] > 8", "ip6[6] = 44", "ip6[40] = 17", "not arp", "ip[6:2] & 0x1fff != 0"})
    void it_does_not_where_one_way_may_accept_them(String expression) throws Exception {
        assertFalse(filter(expression).rejectsDatagrams());
    }

    @Test
    void what_is_found_to_be_a_connections_libpcap_says_of_all_its_packets() throws Exception {
        List<String> expressions = new ArrayList<>(FilterDifferentialTest.expressions());
        RandomExpressions made = new RandomExpressions(random);
        for (int i = 0; i < 2_000; i++) {
            expressions.add(made.next());
        }
        int found = 0;
        try (KernelAndLibpcap judges = KernelAndLibpcap.open()) {
            for (String expression : expressions) {
                PacketFilter filter;
                try {
                    filter = filter(expression);
                } catch (FilterException refused) {
                    continue;
                }
                if (filter.isByConnection()) {
                    found++;
                    saysTheSame(judges, expression, filter, Libpcap.DLT_EN10MB);
                    if (filter.whyNoIp() == null) {
                        saysTheSame(judges, expression, filter, Libpcap.DLT_RAW);
                    }
                }
            }
        }
        assertTrue(found > 400, found + " expressions were a connection's");
    }

    private void saysTheSame(KernelAndLibpcap judges, String expression, PacketFilter filter, int linkType)
            throws PcapException {
        boolean ethernet = linkType == Libpcap.DLT_EN10MB;
        List<ClassicInstruction> original = Arrays.stream(libpcap.compile(linkType, expression, PacketFilter.NO_NETMASK))
                .mapToObj(ClassicInstruction::of).toList();
        judges.judge(original, filter.ethernet(), filter.ip(), !ethernet);
        for (int i = 0; i < CONNECTIONS; i++) {
            Ends ends = ends();
            Boolean verdict = null;
            for (int variant = 0; variant < VARIANTS; variant++) {
                byte[] packet = packet(ends, ethernet, false);
                judges.packet(0, packet);
                boolean accepts = judges.libpcap(new View(0, packet.length, packet.length, true));
                if (verdict == null) {
                    verdict = accepts;
                }
                assertEquals(verdict, accepts, () -> expression + " of packets of " + ends);
            }
            if (ethernet) {
                byte[] tagged = packet(ends, true, true);
                judges.packet(0, tagged);
                assertFalse(judges.libpcap(new View(0, tagged.length, tagged.length, true)), () -> expression + " of a tagged frame");
            }
        }
    }

    private record Ends(InetAddress source, InetAddress target, int sourcePort, int targetPort) {}

    private Ends ends() {
        int[] ports = {20, 53, 80, 443, 6000, 8080, 9000, 35784};
        return random.nextBoolean()
                ? new Ends(address("10.9.0."), address("10.9.0."), ports[random.nextInt(8)], ports[random.nextInt(8)])
                : new Ends(address("fd00:9::"), address("fd00:9::"), ports[random.nextInt(8)], ports[random.nextInt(8)]);
    }

    private InetAddress address(String beginning) {
        return InetAddress.ofLiteral(beginning + (1 + random.nextInt(3)));
    }

    /** A TCP packet of theirs, with everything else by chance that the capture's programs let pass. */
    private byte[] packet(Ends ends, boolean ethernet, boolean tagged) {
        boolean ipv4 = ends.source.getAddress().length == 4;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] payload = bytes(random.nextInt(200));
        if (ethernet) {
            out.writeBytes(bytes(12));
            if (tagged) {
                two(out, random.nextBoolean() ? 0x8100 : 0x88a8);
                two(out, random.nextInt(65536));
            }
            two(out, ipv4 ? 0x0800 : 0x86dd);
        }
        if (ipv4) {
            int words = 5 + random.nextInt(11);
            out.write(0x40 | words);
            out.write(random.nextInt(256));
            two(out, random.nextInt(65536));
            two(out, random.nextInt(65536));
            two(out, random.nextInt(8) << 13); // no fragment but perhaps a first one
            out.write(random.nextInt(256));
            out.write(6);
            two(out, random.nextInt(65536));
            out.writeBytes(ends.source.getAddress());
            out.writeBytes(ends.target.getAddress());
            out.writeBytes(bytes(4 * words - 20));
        } else {
            out.write(0x60 | random.nextInt(16));
            out.writeBytes(bytes(3));
            two(out, random.nextInt(65536));
            out.write(6);
            out.write(random.nextInt(256));
            out.writeBytes(ends.source.getAddress());
            out.writeBytes(ends.target.getAddress());
        }
        two(out, ends.sourcePort);
        two(out, ends.targetPort);
        out.writeBytes(bytes(16));
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void two(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }
}
