package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Two network namespaces with a cable between them, a veth pair: {@code near} has 10.9.0.1 and fd00:9::1, {@code far}
 * has 10.9.0.2 and fd00:9::2. Closing it takes both away.
 */
final class NetworkPair implements AutoCloseable {
    /** The device's name at either end. */
    static final String DEVICE = "cable";

    private final String near;
    private final String far;

    private NetworkPair(String name) {
        this.near = name + "n";
        this.far = name + "f";
    }

    /** Lays the cable. @param name unique on the machine and short */
    static NetworkPair lay(String name) {
        Needs.root();
        Needs.tool("ip");
        var pair = new NetworkPair("nf" + name + ProcessHandle.current().pid());
        ip("netns", "add", pair.near);
        ip("netns", "add", pair.far);
        ip("link", "add", DEVICE, "netns", pair.near, "type", "veth", "peer", "name", DEVICE, "netns", pair.far);
        setUp(pair.near, 1);
        setUp(pair.far, 2);
        return pair;
    }

    private static void setUp(String namespace, int host) {
        ip("-n", namespace, "address", "add", "10.9.0." + host + "/24", "dev", DEVICE);
        ip("-n", namespace, "address", "add", "fd00:9::" + host + "/64", "dev", DEVICE, "nodad");
        ip("-n", namespace, "link", "set", "lo", "up");
        ip("-n", namespace, "link", "set", DEVICE, "up");
    }

    /** Has every packet on the cable carry VLAN tag 5, which the kernel keeps beside it. */
    void tag(Path program) {
        for (String namespace : List.of(near, far)) {
            run("tc", "-n", namespace, "qdisc", "add", "dev", DEVICE, "clsact");
            run("tc", "-n", namespace, "filter", "add", "dev", DEVICE, "egress", "bpf", "direct-action", "object-file", program,
                    "section", "push");
            run("tc", "-n", namespace, "filter", "add", "dev", DEVICE, "ingress", "bpf", "direct-action", "object-file", program,
                    "section", "pop");
        }
    }

    /** Tells both devices to leave tags to the kernel, which then writes them into the packet. @return whether they do */
    boolean leavesTagsToSoftware() {
        Needs.tool("python3");
        // SIOCETHTOOL with ETHTOOL_SFLAGS 0: neither tags of packets that leave nor of packets that arrive
        String program = "import fcntl, socket, struct, array; value = array.array('B', struct.pack('II', 0x26, 0)); "
                + "fcntl.ioctl(socket.socket(), 0x8946, struct.pack('16sP', b'" + DEVICE + "', value.buffer_info()[0]))";
        for (String[] end : List.of(atNear(), atFar())) {
            var command = new ArrayList<Object>(List.of((Object[]) end));
            command.addAll(List.of("python3", "-c", program));
            if (Run.of(command.toArray()).exit() != 0) {
                return false;
            }
        }
        return true;
    }

    /** What to put before a command that is to run at the near end. */
    String[] atNear() {
        return new String[] {"ip", "netns", "exec", near};
    }

    String[] atFar() {
        return new String[] {"ip", "netns", "exec", far};
    }

    private static void ip(Object... arguments) {
        var command = new ArrayList<Object>(List.of("ip"));
        command.addAll(List.of(arguments));
        run(command.toArray());
    }

    private static void run(Object... command) {
        Run run = Run.of(command);
        assertThat(run.exit()).as("%s: %s", List.of(command), run.err()).isZero();
    }

    @Override
    public void close() {
        Run.of("ip", "netns", "delete", near);
        Run.of("ip", "netns", "delete", far);
    }
}
