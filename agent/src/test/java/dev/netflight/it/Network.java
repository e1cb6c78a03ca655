package dev.netflight.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.libbpf.BpfTesting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lies between the JVM under test and its peer: nothing but loopback, or two network namespaces of the test's own and a
 * cable from the one to the other, which may be slow, lose packets or change their order.
 */
final class Network implements AutoCloseable {
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final Pattern DROPPED = Pattern.compile("dropped (\\d+),");
    private static final String LOOPBACK = "127.0.0.1";

    /** How the cable treats packets. */
    enum Link {
        LOOPBACK("loopback"), VETH("veth"), SHAPED("veth with a shaper"), LOSSY("veth with loss"), IPV6("veth, IPv6"),
        REORDERING("tun that reorders");

        final String title;

        Link(String title) {
            this.title = title;
        }

        @Override
        public String toString() {
            return title;
        }
    }

    private final String own;
    private final String peer;
    private final String ownAddress;
    private final String peerAddress;
    /** {@code null} where it is a veth pair. */
    private ReorderingCable cable;

    private Network(String own, String peer, String ownAddress, String peerAddress) {
        this.own = own;
        this.peer = peer;
        this.ownAddress = ownAddress;
        this.peerAddress = peerAddress;
    }

    static Network of(Link link) {
        if (link == Link.LOOPBACK) {
            return new Network(null, null, LOOPBACK, LOOPBACK);
        }
        Needs.root();
        Needs.tool("ip");
        boolean ipv6 = link == Link.IPV6;
        String name = "nf" + ProcessHandle.current().pid() + '-' + MADE.incrementAndGet();
        Network network = new Network(name + 'a', name + 'b', ipv6 ? "fd77::1" : "10.77.0.1", ipv6 ? "fd77::2" : "10.77.0.2");
        try {
            namespace(network.own);
            namespace(network.peer);
            if (link == Link.REORDERING) {
                network.layReordering();
            } else {
                network.lay();
            }
            switch (link) {
                case SHAPED -> network.shape();
                case LOSSY -> network.lose("tc");
                default -> { }
            }
            return network;
        } catch (RuntimeException | Error problem) {
            network.close();
            throw problem;
        }
    }

    /** A veth pair between the two namespaces, with a device {@code v0} in each. */
    void lay() {
        Run.well("ip", "link", "add", "v0", "netns", own, "type", "veth", "peer", "name", "v0", "netns", peer);
        address(own, "v0", ownAddress);
        address(peer, "v0", peerAddress);
    }

    /** The same with a cable that changes the order. */
    private void layReordering() {
        cable = ReorderingCable.lay("v0", files());
        for (String namespace : List.of(own, peer)) {
            // what the queue of a TUN device does not hold is lost
            Run.well("ip", "-n", namespace, "link", "set", "v0", "txqueuelen", "20000");
        }
        address(own, "v0", ownAddress);
        address(peer, "v0", peerAddress);
    }

    private static void namespace(String name) {
        Run.well("ip", "netns", "add", name);
        Run.well("ip", "-n", name, "link", "set", "lo", "up");
    }

    private void address(String namespace, String device, String address) {
        boolean ipv6 = address.indexOf(':') >= 0;
        var command = new ArrayList<Object>(List.of("ip", "-n", namespace, "addr", "add", address + (ipv6 ? "/64" : "/24"),
                "dev", device));
        if (ipv6) {
            command.add("nodad");
        }
        Run.well(command.toArray());
        Run.well("ip", "-n", namespace, "link", "set", device, "up");
    }

    /** 80 Mbit/s each way: most segments leave long after the call that wrote them. */
    private void shape() {
        Needs.tool("tc");
        for (String namespace : List.of(own, peer)) {
            Run.well("tc", "-n", namespace, "qdisc", "add", "dev", "v0", "root", "tbf", "rate", "80mbit", "burst", "64k",
                    "latency", "100ms");
        }
    }

    /** What we send is seen and then lost, what the peer sends is lost before it is seen. */
    private void lose(String section) {
        drop(peer, section, "ingress", "egress");
    }

    /** The same with three packets in a hundred. */
    Network loseMore() {
        try {
            lose("bad");
            return this;
        } catch (RuntimeException | Error leftOut) {
            close();
            throw leftOut;
        }
    }

    /** Has our own side throw away one packet in ten that leaves. */
    void dropOutbound() {
        drop(own, "worse", "egress");
    }

    /** What {@link #dropOutbound} has thrown away. */
    long droppedOutbound() {
        Matcher dropped = DROPPED.matcher(Run.well("tc", "-n", own, "-s", "qdisc", "show", "dev", "v0", "clsact"));
        return dropped.find() ? Long.parseLong(dropped.group(1)) : -1;
    }

    private static void drop(String namespace, String section, String... sides) {
        Needs.tool("tc");
        Needs.tool("clang");
        try {
            Path object = Files.createTempFile("netflight-loss", ".bpf.o");
            try {
                Files.write(object, BpfTesting.object("loss.bpf.c"));
                Run.well("tc", "-n", namespace, "qdisc", "add", "dev", "v0", "clsact");
                for (String side : sides) {
                    Run.well("tc", "-n", namespace, "filter", "add", "dev", "v0", side, "bpf", "da", "obj", object, "sec",
                            section);
                }
            } finally {
                Files.delete(object);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Has the pair's end on our side pass packets on to a device on top of it, which has the address. */
    Network under(String device, String type, String... options) {
        try {
            stack(device, type, options);
            return this;
        } catch (RuntimeException | Error leftOut) {
            close();
            throw leftOut;
        }
    }

    private void stack(String device, String type, String... options) {
        Run.well("ip", "-n", own, "addr", "flush", "dev", "v0");
        var command = new ArrayList<Object>(List.of("ip", "-n", own, "link", "add"));
        boolean isBridge = type.equals("bridge");
        if (!isBridge) {
            command.addAll(List.of("link", "v0"));
        }
        command.addAll(List.of("name", device, "type", type));
        command.addAll(List.of(options));
        Run added = Run.of(command.toArray());
        assumeTrue(added.exit() == 0, "left out: this kernel makes no device of type " + type);
        if (isBridge) {
            Run.well("ip", "-n", own, "link", "set", "v0", "master", device);
        }
        address(own, device, ownAddress);
    }

    /** Name of the namespace of our side. */
    String own() {
        return own;
    }

    /** The namespaces' files: ours, the peer's. */
    List<String> files() {
        return List.of("/run/netns/" + own, "/run/netns/" + peer);
    }

    /** A command that runs the one behind it on the side of the JVM under test. */
    String[] here() {
        return in(own);
    }

    /** The same on the peer's side. */
    String[] there() {
        return in(peer);
    }

    private static String[] in(String namespace) {
        return namespace == null ? new String[0] : new String[] {"ip", "netns", "exec", namespace};
    }

    /** A counter of the kernel's for our side, such as {@code Tcp: RetransSegs} of {@code /proc/net/snmp}. */
    long counter(String protocol, String name) {
        var command = new ArrayList<Object>(List.of(here()));
        command.addAll(List.of("cat", "/proc/net/snmp", "/proc/net/netstat"));
        List<String[]> lines = Run.well(command.toArray()).lines().filter(line -> line.startsWith(protocol + ':'))
                .map(line -> line.split(" ")).toList();
        return Long.parseLong(lines.getLast()[List.of(lines.getFirst()).indexOf(name)]);
    }

    /** What the cable of {@link Link#REORDERING} has done. */
    ReorderingCable.Overtaken overtaken() {
        return cable.overtaken();
    }

    String ownAddress() {
        return ownAddress;
    }

    String peerAddress() {
        return peerAddress;
    }

    /** Removes the namespaces, with the devices and all that hangs on them. */
    @Override
    public void close() {
        if (cable != null) {
            cable.close();
        }
        if (own != null) {
            Run.of("ip", "netns", "del", own);
            Run.of("ip", "netns", "del", peer);
        }
    }
}
