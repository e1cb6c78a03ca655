package dev.netflight.filter;

import java.util.List;
import java.util.Random;

/** Expressions of pcap-filter(7) made up by chance. libpcap refuses some of them. */
final class RandomExpressions {
    private static final List<String> PRIMITIVES = List.of("tcp", "udp", "icmp", "icmp6", "ip", "ip6", "arp", "vlan", "vlan 5",
            "vlan 100", "mpls", "pppoes", "igmp", "sctp", "broadcast", "multicast", "ip multicast", "ether multicast",
            "ip6 multicast", "less 80", "greater 90", "tcp[tcpflags] & tcp-syn != 0", "ip6 proto 6", "ip proto 17", "proto 1");
    private static final List<String> DIRECTIONS = List.of("", "", "src ", "dst ", "src or dst ", "src and dst ");
    private static final List<String> PROTOCOLS = List.of("", "", "tcp ", "udp ", "ip ", "ip6 ", "sctp ");
    private static final List<String> HOSTS = List.of("10.9.0.1", "10.9.0.2", "10.9.0.3", "127.0.0.1", "::1", "fd00:9::1",
            "fd00:9::2", "128.3.0.9");
    private static final List<String> NETS = List.of("10.9.0.0/24", "10", "128.3", "10.9.0.2/31", "fd00:9::/64", "ff02::/16",
            "127.0.0.0/8");
    private static final List<String> PORTS = List.of("20", "53", "80", "443", "6000", "8080", "35784");
    private static final List<String> HEADERS = List.of("ip", "ip", "ip6", "tcp", "tcp", "udp", "icmp", "icmp6", "ether", "arp");
    private static final List<String> RELATIONS = List.of("=", "!=", "<", ">", "<=", ">=");
    private static final List<String> OPERATORS = List.of("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>");

    private final Random random;

    RandomExpressions(Random random) {
        this.random = random;
    }

    String next() {
        return expression(random.nextInt(4));
    }

    private String expression(int depth) {
        if (depth == 0) {
            return primitive();
        }
        return switch (random.nextInt(5)) {
            case 0 -> "not (" + expression(depth - 1) + ")";
            case 1, 2 -> "(" + expression(depth - 1) + ") or (" + expression(depth - 1) + ")";
            default -> expression(depth - 1) + " and (" + expression(depth - 1) + ")";
        };
    }

    private String primitive() {
        return switch (random.nextInt(7)) {
            case 0, 1 -> one(PRIMITIVES);
            case 2 -> one(DIRECTIONS) + "host " + one(HOSTS);
            case 3 -> one(DIRECTIONS) + "net " + one(NETS);
            case 4 -> one(PROTOCOLS) + one(DIRECTIONS) + "port " + one(PORTS);
            case 5 -> one(PROTOCOLS) + one(DIRECTIONS) + "portrange " + one(PORTS) + "-" + (6000 + random.nextInt(4000));
            default -> arithmetic(2) + " " + one(RELATIONS) + " " + arithmetic(1);
        };
    }

    private String arithmetic(int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            return switch (random.nextInt(6)) {
                case 0 -> "len";
                case 1, 2 -> String.valueOf(random.nextBoolean() ? random.nextInt(70) : random.nextInt(70000));
                default -> load(random.nextInt(5) == 0 ? "(" + arithmetic(1) + ")" : String.valueOf(random.nextInt(64)));
            };
        }
        if (random.nextInt(12) == 0) {
            return "-(" + arithmetic(depth - 1) + ")";
        }
        return "(" + arithmetic(depth - 1) + " " + one(OPERATORS) + " " + arithmetic(depth - 1) + ")";
    }

    private String load(String index) {
        return one(HEADERS) + "[" + index + List.of("", ":1", ":2", ":4").get(random.nextInt(4)) + "]";
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }
}
