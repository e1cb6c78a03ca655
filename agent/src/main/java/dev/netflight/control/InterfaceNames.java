package dev.netflight.control;

import dev.netflight.attribute.Attributor;
import dev.netflight.model.DeviceEvent;
import dev.netflight.model.NetworkInterface;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Names of network devices by namespace and ifindex: those of the JVM's own namespace are looked up, once, those of others
 * the kernel tells. Capture thread only.
 */
final class InterfaceNames implements Attributor.Interfaces {
    private final int ownNamespace = ownNamespace();
    private final Map<Long, NetworkInterface> known = new HashMap<>();
    private NetworkInterface last;

    /** The loopback device, which every network namespace has as its first. */
    NetworkInterface loopback() {
        return of(ownNamespace, 1);
    }

    @Override
    public NetworkInterface of(int netns, int ifindex) {
        NetworkInterface candidate = last;
        if (candidate != null && candidate.ifindex() == ifindex && candidate.netns() == netns) {
            return candidate;
        }
        last = known.computeIfAbsent(key(netns, ifindex), key -> look(netns, ifindex));
        return last;
    }

    @Override
    public void learn(DeviceEvent device) {
        known.put(key(device.netns(), device.ifindex()), describe(device.netns(), device.ifindex(), device.name()));
    }

    private static long key(int netns, int ifindex) {
        return (long) netns << 32 | ifindex;
    }

    private NetworkInterface look(int netns, int ifindex) {
        return describe(netns, ifindex, netns == ownNamespace ? name(ifindex) : null);
    }

    private static NetworkInterface describe(int netns, int ifindex, String name) {
        return new NetworkInterface(netns, ifindex, name != null ? name : "if" + ifindex,
                "ifindex " + ifindex + ", network namespace " + Integer.toUnsignedString(netns)
                        + "; a device without link layer has an Ethernet header made up");
    }

    private static String name(int ifindex) {
        try {
            var found = java.net.NetworkInterface.getByIndex(ifindex);
            return found == null ? null : found.getName();
        } catch (SocketException | IllegalArgumentException gone) {
            return null;
        }
    }

    /** Inode number of this process's network namespace, 0 where it cannot be read. */
    private static int ownNamespace() {
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
            return Integer.parseUnsignedInt(link.substring(link.indexOf('[') + 1, link.indexOf(']')));
        } catch (IOException | RuntimeException unreadable) {
            return 0;
        }
    }
}
