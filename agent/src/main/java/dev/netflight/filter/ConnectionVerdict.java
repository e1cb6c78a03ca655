package dev.netflight.filter;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds out whether a filter says the same of all packets of a TCP connection that go one way: whether nothing that it looks at
 * differs between them. Then its verdict can be known before there is a packet, and a connection of which it accepts none need
 * not be followed at all ({@code bpf/src/left_out.h}).
 *
 * <p>The program is walked through by all ways that such a packet can take, for either version of IP. What is the same in all of
 * them is known (the protocols, that they are no fragments) or at least belongs to the connection (addresses, ports). A way that
 * looks at anything else, such as flags or a length, is the end of it. A frame that has a VLAN tag where the filter expects IP
 * must be rejected by each of its ways, since a connection's packets may have one or not.
 */
final class ConnectionVerdict {
    private static final int ETHERNET_HEADER = 14;
    private static final int ETHERTYPE_AT = 12;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int IPV6_FRAGMENT = 44;

    /** Offsets in the headers of IPv4 (RFC 791) and IPv6 (RFC 8200). */
    private static final int FRAGMENT_AT = 6;
    private static final int PROTOCOL_AT = 9;
    private static final int ADDRESSES_AT = 12;
    private static final int NEXT_HEADER_AT = 6;
    private static final int ADDRESSES6_AT = 8;
    private static final int HEADER4 = 20;
    private static final int HEADER6 = 40;
    private static final int PORTS = 4;

    /** Bits of the 16 at {@link #FRAGMENT_AT} that are the fragment's offset, and so 0; the others differ. */
    private static final int FRAGMENT_OFFSET = 0x1fff;

    /** What a packet begins with, behind the addresses of Ethernet where it has them. */
    private enum Kind {
        IPV4(0x0800, 4), IPV6(0x86dd, 6), TAGGED(0x8100, 0), TAGGED_BY_PROVIDER(0x88a8, 0);

        final int ethertype;
        final int version;

        Kind(int ethertype, int version) {
            this.ethertype = ethertype;
            this.version = version;
        }

        boolean isTagged() {
            return version == 0;
        }
    }

    /**
     * Which packets walk through it.
     *
     * @param protocol of IPv4, and what follows the header of IPv6
     * @param inner    what follows an IPv6 header for fragments
     */
    private record Packets(Kind kind, int protocol, int inner) {}

    /** What is known of a register. */
    private sealed interface Value {
        /** Whether it is the same for all packets. */
        default boolean isSame() {
            return true;
        }
    }

    private record Constant(int number) implements Value {}

    private enum Unknown implements Value {
        /** Another number for each connection. */
        OF_CONNECTION,
        /** The first byte of the IP header, whose high half is the version. */
        VERSION_BYTE,
        /** The 16 bits of IPv4 that hold the fragment's offset. */
        FRAGMENT,
        /** Of IPv4, in X: what the ports lie behind. */
        HEADER_LENGTH;

        @Override
        public boolean isSame() {
            return this == OF_CONNECTION;
        }
    }

    private record State(int index, Value a, Value x) {}

    private final List<ClassicInstruction> program;
    private final Kind kind;
    private final Packets packets;
    /** Nothing else is asked than whether every way ends in a rejection. */
    private final boolean mustReject;
    /** Where the IP header begins. */
    private final int base;
    private final Deque<State> ways = new ArrayDeque<>();
    private final Set<State> seen = new HashSet<>();

    private ConnectionVerdict(List<ClassicInstruction> program, boolean ethernet, Packets packets) {
        this.program = program;
        this.packets = packets;
        this.kind = packets.kind;
        this.mustReject = kind.isTagged() || packets.protocol != TCP;
        this.base = ethernet ? ETHERNET_HEADER : 0;
    }

    /**
     * {@return whether the program's verdict is a connection's}
     *
     * @param program  without a backward jump
     * @param ethernet whether it is for packets with an Ethernet header, else for those that begin with the IP header
     */
    static boolean isSame(List<ClassicInstruction> program, boolean ethernet) {
        for (Kind kind : Kind.values()) {
            if ((ethernet || !kind.isTagged()) && !new ConnectionVerdict(program, ethernet, new Packets(kind, TCP, TCP)).allWays()) {
                return false;
            }
        }
        return true;
    }

    /** {@return whether the program rejects every packet of UDP, fragments too} @param ethernet as above */
    static boolean rejectsDatagrams(List<ClassicInstruction> program, boolean ethernet) {
        for (Packets each : List.of(new Packets(Kind.IPV4, UDP, UDP), new Packets(Kind.IPV6, UDP, UDP),
                new Packets(Kind.IPV6, IPV6_FRAGMENT, UDP))) {
            if (!new ConnectionVerdict(program, ethernet, each).allWays()) {
                return false;
            }
        }
        return true;
    }

    private boolean allWays() {
        go(0, new Constant(0), new Constant(0));
        while (!ways.isEmpty()) {
            if (!step(ways.pop())) {
                return false;
            }
        }
        return true;
    }

    private boolean go(int index, Value a, Value x) {
        State state = new State(index, a, x);
        if (seen.add(state)) {
            ways.push(state);
        }
        return true;
    }

    /** @return whether it looks at nothing that differs between packets */
    private boolean step(State state) {
        ClassicInstruction c = program.get(state.index);
        int next = state.index + 1;
        return switch (c.code() & Classic.CLASS) {
            case Classic.LD -> {
                Value loaded = load(c, state.x);
                yield loaded != null && go(next, loaded, state.x);
            }
            case Classic.LDX -> {
                Value loaded = load(c, state.x);
                yield loaded != null && go(next, state.a, loaded);
            }
            case Classic.ST -> state.a.isSame() && go(next, state.a, state.x);
            case Classic.STX -> state.x.isSame() && go(next, state.a, state.x);
            case Classic.ALU -> {
                Value result = arithmetic(c, state);
                yield result != null && go(next, result, state.x);
            }
            case Classic.JMP -> jump(c, state);
            case Classic.RET -> ret(c, state);
            default -> (c.code() & Classic.TXA) != 0
                    ? state.x.isSame() && go(next, state.x, state.x)
                    : state.a.isSame() && go(next, state.a, state.a);
        };
    }

    /** {@code null}: it differs between packets. */
    private Value load(ClassicInstruction c, Value x) {
        int mode = c.code() & Classic.MODE;
        int bytes = Classic.bytes(c.code());
        if (mode == Classic.IMM) {
            return new Constant(c.k());
        }
        if (mode == Classic.ABS && base > 0 && c.k() == ETHERTYPE_AT && bytes == 2) {
            return new Constant(kind.ethertype);
        }
        // which way a packet goes is given; words of memory hold only what is the same
        if (mode == Classic.MEM || mode == Classic.ABS && c.k() == Classic.PACKET_TYPE) {
            return Unknown.OF_CONNECTION;
        }
        if (mustReject) {
            return mode == Classic.ABS && bytes == 1 ? protocolAt(c.k() - base) : Unknown.OF_CONNECTION;
        }
        return switch (mode) {
            case Classic.ABS -> atIp(c.k() - base, bytes);
            case Classic.MSH -> kind == Kind.IPV4 && c.k() == base ? Unknown.HEADER_LENGTH : null;
            case Classic.IND -> x == Unknown.HEADER_LENGTH && isWithin(c.k() - base, bytes, 0, PORTS)
                    ? Unknown.OF_CONNECTION : null;
            default -> null;
        };
    }

    /** @param at offset in the IP header or behind it */
    private Value atIp(int at, int bytes) {
        if (at == 0 && bytes == 1) {
            return Unknown.VERSION_BYTE;
        }
        if (kind == Kind.IPV4) {
            if (at == FRAGMENT_AT && bytes == 2) {
                return Unknown.FRAGMENT;
            }
            if (at == PROTOCOL_AT && bytes == 1) {
                return protocolAt(at);
            }
            return isWithin(at, bytes, ADDRESSES_AT, HEADER4) ? Unknown.OF_CONNECTION : null;
        }
        if (at == NEXT_HEADER_AT && bytes == 1) {
            return protocolAt(at);
        }
        return isWithin(at, bytes, ADDRESSES6_AT, HEADER6 + PORTS) ? Unknown.OF_CONNECTION : null;
    }

    /** One byte of the IP header, as far as it is known. */
    private Value protocolAt(int at) {
        if (kind == Kind.IPV4 && at == PROTOCOL_AT || kind == Kind.IPV6 && at == NEXT_HEADER_AT) {
            return new Constant(packets.protocol);
        }
        if (kind == Kind.IPV6 && at == HEADER6 && packets.protocol == IPV6_FRAGMENT) {
            return new Constant(packets.inner);
        }
        return at == 0 && !kind.isTagged() ? Unknown.VERSION_BYTE : Unknown.OF_CONNECTION;
    }

    private static boolean isWithin(int at, int bytes, int from, int to) {
        return at >= from && at + bytes <= to;
    }

    private Value arithmetic(ClassicInstruction c, State state) {
        boolean byX = (c.code() & Classic.X) != 0;
        if (!byX && (c.code() & Classic.OPERATION) == Classic.AND) {
            if (state.a instanceof Constant(int number)) {
                return new Constant(number & c.k());
            }
            if (state.a == Unknown.VERSION_BYTE && (c.k() & 0x0f) == 0) {
                return new Constant(kind.version << 4 & c.k());
            }
            if (state.a == Unknown.FRAGMENT && (c.k() & ~FRAGMENT_OFFSET) == 0) {
                return new Constant(0);
            }
        }
        return state.a.isSame() && (!byX || state.x.isSame()) ? Unknown.OF_CONNECTION : null;
    }

    private boolean jump(ClassicInstruction c, State state) {
        int operation = c.code() & Classic.OPERATION;
        int next = state.index + 1;
        if (operation == Classic.JA) {
            return go(next + c.k(), state.a, state.x);
        }
        boolean byX = (c.code() & Classic.X) != 0;
        boolean canHold = true;
        boolean canFail = true;
        if (state.a == Unknown.FRAGMENT && operation == Classic.JSET && !byX && (c.k() & ~FRAGMENT_OFFSET) == 0) {
            canHold = false;
        } else if (!state.a.isSame() || byX && !state.x.isSame()) {
            return false;
        } else if (!byX && state.a instanceof Constant(int number)) {
            canHold = holds(operation, number, c.k());
            canFail = !canHold;
        }
        return (!canHold || go(next + c.ifTrue(), state.a, state.x)) && (!canFail || go(next + c.ifFalse(), state.a, state.x));
    }

    private static boolean holds(int operation, int a, int k) {
        return switch (operation) {
            case Classic.JEQ -> a == k;
            case Classic.JGT -> Integer.compareUnsigned(a, k) > 0;
            case Classic.JGE -> Integer.compareUnsigned(a, k) >= 0;
            case Classic.JSET -> (a & k) != 0;
            default -> throw new IllegalArgumentException("Classic BPF has no jump " + operation);
        };
    }

    private boolean ret(ClassicInstruction c, State state) {
        boolean returnsA = (c.code() & Classic.RETURNS_A) != 0;
        if (mustReject) {
            return returnsA ? state.a.equals(new Constant(0)) : c.k() == 0;
        }
        return !returnsA || state.a.isSame();
    }
}
