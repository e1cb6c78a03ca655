package dev.netflight.control;

import dev.netflight.kernel.KernelHook;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What must be installed for a capture's outputs: hooks in the kernel, and hooks in the JVM by their words. A recording's
 * capture has what its events need and no more; one that a user starts has all.
 */
record EventNeeds(Set<KernelHook> kernel, Set<String> jvm, boolean everything) {
    private static final String CONNECT = "connect";
    private static final String ACCEPT = "accept";
    private static final String READ = "read";
    private static final String WRITE = "write";
    private static final String SENDFILE = "sendfile";
    private static final String RECEIVE = "receive";
    private static final String SEND = "send";
    private static final String ADDRESS = "address";
    private static final String SHUTDOWN = "shutdown";
    private static final String CLOSE = "close";
    private static final String LOOKUP = "lookup";
    private static final String NETTY = "netty-native";
    /** Those that follow bytes from the thread that hands them over to the one that writes them. */
    private static final String[] ORIGINS = {"netty-origin", "httpclient-origin", "websocket-origin", "async-origin"};

    static final EventNeeds NOTHING = new EventNeeds(Set.of(), Set.of(), false);
    static final EventNeeds ALL = new EventNeeds(EnumSet.allOf(KernelHook.class), Set.of(), true);

    /** Which call moved which bytes of a TCP connection, and the connection's life. */
    private static final EventNeeds STREAMS = calls(
            EnumSet.of(KernelHook.STATE, KernelHook.SEND_BEGIN, KernelHook.SEND_END, KernelHook.RECEIVE_END),
            CONNECT, ACCEPT, READ, WRITE, SENDFILE, SHUTDOWN, CLOSE, NETTY);
    private static final EventNeeds WRITES = calls(
            EnumSet.of(KernelHook.STATE, KernelHook.SEND_BEGIN, KernelHook.SEND_END), WRITE, SENDFILE, NETTY);
    private static final EventNeeds DATAGRAMS = calls(
            EnumSet.of(KernelHook.DATAGRAM_SENT, KernelHook.SEND_END, KernelHook.RECEIVE_END),
            RECEIVE, SEND, ADDRESS, LOOKUP);
    private static final EventNeeds PACKETS = STREAMS.and(DATAGRAMS).and(calls(
            EnumSet.of(KernelHook.EGRESS, KernelHook.INGRESS, KernelHook.TC_EGRESS, KernelHook.TC_INGRESS,
                    KernelHook.CGROUP_EGRESS, KernelHook.CGROUP_INGRESS, KernelHook.DATAGRAM_DROPPED)));

    /** By the event's name. What is not named needs nothing. */
    private static final Map<String, EventNeeds> OF_EVENTS = Map.ofEntries(
            Map.entry("netflight.SocketConnect", calls(EnumSet.of(KernelHook.STATE), CONNECT, NETTY)),
            Map.entry("netflight.SocketAccept", calls(EnumSet.of(KernelHook.STATE), ACCEPT, NETTY)),
            Map.entry("netflight.SocketRead",
                    calls(EnumSet.of(KernelHook.STATE, KernelHook.RECEIVE_END), READ, NETTY)),
            Map.entry("netflight.SocketWrite", WRITES),
            Map.entry("netflight.WriteOrigin", WRITES.and(calls(EnumSet.noneOf(KernelHook.class), ORIGINS))),
            Map.entry("netflight.SocketClose", calls(EnumSet.of(KernelHook.STATE), SHUTDOWN, CLOSE, NETTY)),
            Map.entry("netflight.DatagramSend",
                    calls(EnumSet.of(KernelHook.DATAGRAM_SENT, KernelHook.SEND_END), SEND, ADDRESS)),
            // who has sent it stands in the packet
            Map.entry("netflight.DatagramReceive", calls(EnumSet.of(KernelHook.DATAGRAM_SENT, KernelHook.RECEIVE_END,
                    KernelHook.INGRESS, KernelHook.TC_INGRESS, KernelHook.CGROUP_INGRESS, KernelHook.DATAGRAM_DROPPED),
                    RECEIVE, ADDRESS)),
            Map.entry("netflight.DnsLookup", calls(EnumSet.noneOf(KernelHook.class), LOOKUP)),
            Map.entry("netflight.Connection", PACKETS),
            Map.entry("netflight.OpenConnection", PACKETS),
            Map.entry("netflight.Packet", PACKETS),
            Map.entry("netflight.WriteLatency", PACKETS),
            Map.entry("netflight.ReadLatency", PACKETS),
            Map.entry("netflight.Retransmission", STREAMS.and(calls(
                    EnumSet.of(KernelHook.RETRANSMISSION, KernelHook.SYNACK_AGAIN)))),
            Map.entry("netflight.Reset", STREAMS.and(calls(
                    EnumSet.of(KernelHook.RESET_SENT, KernelHook.RESET_RECEIVED)))),
            Map.entry("netflight.PacketDrop", STREAMS.and(DATAGRAMS).and(calls(EnumSet.of(KernelHook.DROP)))));

    private static EventNeeds calls(Set<KernelHook> kernel, String... jvm) {
        return new EventNeeds(kernel, Set.of(jvm), false);
    }

    /** @param events names of JFR events */
    static EventNeeds of(Set<String> events) {
        EventNeeds needs = NOTHING;
        for (String event : events) {
            needs = needs.and(OF_EVENTS.getOrDefault(event, NOTHING));
        }
        return needs;
    }

    EventNeeds and(EventNeeds other) {
        Set<KernelHook> hooks = EnumSet.noneOf(KernelHook.class);
        hooks.addAll(kernel);
        hooks.addAll(other.kernel);
        Set<String> words = new HashSet<>(jvm);
        words.addAll(other.jvm);
        return new EventNeeds(hooks, words, everything || other.everything);
    }

    /** Whether a hook in the JVM is of use, by its word. */
    boolean weaves(String word) {
        return everything || jvm.contains(word);
    }

    /** Whether nothing is lacking that {@code other} needs. */
    boolean cover(EventNeeds other) {
        return everything || !other.everything && kernel.containsAll(other.kernel) && jvm.containsAll(other.jvm);
    }

    /**
     * Whether anything is told of an operation but its own event, which has its own stack, and who handed its bytes over: then
     * stacks are to be taken.
     */
    boolean tellFrames() {
        return kernel.contains(KernelHook.EGRESS) || kernel.contains(KernelHook.RETRANSMISSION)
                || kernel.contains(KernelHook.RESET_SENT) || kernel.contains(KernelHook.DROP);
    }

    /** Whether packets are seen, and with them what a connection carries. */
    boolean seePackets() {
        return kernel.contains(KernelHook.EGRESS) && kernel.contains(KernelHook.INGRESS);
    }
}
