package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.DatagramEvent;
import dev.netflight.model.DeviceEvent;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaThread;
import dev.netflight.model.KernelEvents;
import dev.netflight.model.Latency;
import dev.netflight.model.NativeOperationEvent;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.OtherProcess;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.ProcessEvent;
import dev.netflight.model.ProcessInfo;
import dev.netflight.model.SocketEvent;
import dev.netflight.model.SocketOwnerEvent;
import dev.netflight.model.Trouble;
import dev.netflight.model.TroubleEvent;
import java.util.function.IntFunction;

/**
 * Joins packets and operations. Packets come in the order of the ring and leave in the same order: each as soon as the
 * operations of all its bytes are known, or when it has waited for {@link #MAX_WAIT_NANOS}, or when the ring needs
 * room. An operation comes after the records that its call has left in the ring.
 *
 * <p>Capture thread only. The rules, with the test that shows each, are in {@code docs/attribution.md}.
 */
public final class Attributor implements KernelEvents {

    /** How long a packet may wait for its operations: 800 ms. With the time to flush, a file lacks less than its last second. */
    public static final long MAX_WAIT_NANOS = 800_000_000L;

    /** Where attributed packets and ended connections go. */
    public interface Output {
        /** {@code packet} is valid only during the call. */
        void packet(Packet packet);

        void connectionEnded(Connection connection);

        /** It goes on; what it has carried so far. */
        default void connectionOpen(Connection connection) {}

        default void trouble(Trouble trouble) {}

        /** Where the time of a write or read went, of which {@link OperationRanges} have times. */
        default void latency(Latency latency) {}

        /** Bytes of a write that has ended were handed over by others: {@link Operation#origins} says by whom. */
        default void origins(Operation write, OperationRanges ranges, Connection connection) {}

        /** The connection's last packet has been waited for: nothing keeps it any longer. */
        void connectionForgotten(Connection connection);
    }

    /** Names of network devices. */
    public interface Interfaces {
        NetworkInterface of(int netns, int ifindex);

        /** A name that the kernel tells, in a namespace that cannot be asked. */
        default void learn(DeviceEvent device) {}
    }

    /** Facts about processes that are not the JVM. */
    public interface ProcessSource {
        /** Asked once for each program that a process runs, while it probably still lives. */
        ProcessInfo of(ProcessEvent event);
    }

    /** Looks at calls that have not ended: the only way to name the writer of a call that blocks for long. */
    public interface CallsInProgress {
        /**
         * The sending operation in progress on the socket with this cookie whose first byte is known, or {@code null}.
         * {@code ranges} of the answer hold {@code sentFrom}; {@code sentTo} is not known yet.
         */
        Sending sending(long cookie);

        /** The {@code connect} in progress on the socket with this cookie, or {@code null}. */
        default Operation connecting(long cookie) {
            return null;
        }
    }

    /** An operation that has begun to send and has not ended. */
    public record Sending(Operation operation, int sentFrom) {}

    private final Output output;
    private final Interfaces interfaces;
    private final CallsInProgress inProgress;
    private final ConnectionEnds ends;
    private final ConnectionTable connections;
    private final Sockets sockets;
    private final HeldPackets held = new HeldPackets();
    private final Packet packet = new Packet();
    private final Datagrams datagrams = new Datagrams();
    private final Troubles troubles = new Troubles(datagrams);
    private final EthernetHeader ethernet = new EthernetHeader();
    private final Processes processes;

    private IntFunction<JavaThread> threads = tid -> null;
    private JavaThread lastNative;
    /** Whether it is kept when packets passed. */
    private boolean timing;

    private long packets;
    private long lostSeen;
    private long unattributed;
    private long operations;
    private long rangesEvicted;

    /** For a capture of the JVM alone. */
    public Attributor(Output output, Interfaces interfaces, CallsInProgress inProgress) {
        this(output, interfaces, inProgress, null);
    }

    /**
     * @param inProgress may be {@code null} where calls in progress cannot be seen
     * @param processes  may be {@code null} where the JVM alone is captured
     */
    public Attributor(
            Output output, Interfaces interfaces, CallsInProgress inProgress, ProcessSource processes) {
        this.output = output;
        this.interfaces = interfaces;
        this.inProgress = inProgress;
        this.processes = new Processes(processes);
        this.ends = new ConnectionEnds(output);
        this.connections = new ConnectionTable(ends::report, ends::forgotten);
        this.sockets = new Sockets(connections);
    }

    /** Says whether anybody wants {@link Output#latency}. */
    public void timing(boolean wanted) {
        timing = wanted;
    }

    // ---- what comes in ------------------------------------------------------------------------------------------

    @Override
    public PacketEvent acquire() {
        return held.acquire();
    }

    /** Its data must stay where it is until it was released. */
    @Override
    public void packet(PacketEvent event) {
        TrackedConnection tracked = sockets.of(event);
        tracked.lastUsedMonoNanos = event.monoNanos;
        if (event.protocol == Rules.UDP) {
            if (!event.outbound) {
                datagrams.arrived(event);
            }
            held.add(event, tracked);
            return;
        }
        if ((event.tcpFlags & Rules.SYN) != 0) {
            if (event.outbound) {
                tracked.sentSyn(event.seq);
            } else {
                tracked.receivedSyn(event.seq);
            }
        }
        event.seqPosition = tracked.ranges(event.outbound).extend(event.seq);
        if ((event.tcpFlags & Rules.ACK) != 0) {
            event.ackPosition = tracked.ranges(!event.outbound).extend(event.ack);
            if ((event.tcpFlags & Rules.SYN) == 0) {
                tracked.ranges(!event.outbound).asked();
            }
        }
        if (event.payloadLength > 0) {
            tracked.ranges(event.outbound).asked();
        }
        if (timing) {
            timings(tracked).packet(event, tracked, output::latency);
        }
        held.add(event, tracked);
    }

    @Override
    public void socket(SocketEvent event) {
        if (event.newState() == SocketEvent.LISTEN) {
            sockets.listens(event.cookie());
            return;
        }
        if (event.leftOut()) {
            leftOut(event);
            return;
        }
        TrackedConnection tracked = sockets.of(event);
        if (event.protocol() == Rules.UDP) {
            datagramSocket(tracked, event);
            return;
        }
        if (event.found()) {
            ends.followed(tracked);
            tracked.connection.inherited = true;
            tracked.sent.raiseFloor(tracked.sent.extend(event.writeSeq()));
            tracked.received.raiseFloor(tracked.received.extend(event.copiedSeq()));
            tracked.handshakeUnknown();
            return;
        }
        switch (event.newState()) {
            case SocketEvent.SYN_SENT -> connecting(tracked, event);
            case SocketEvent.ESTABLISHED -> established(tracked, event);
            case SocketEvent.FIN_WAIT1, SocketEvent.LAST_ACK -> finishing(tracked, event);
            case SocketEvent.CLOSE -> closed(tracked, event);
            default -> { }
        }
    }

    /** Operations of it may still be in their queues. */
    private void leftOut(SocketEvent event) {
        TrackedConnection tracked = sockets.find(event.cookie());
        if (tracked != null) {
            ends.leftOut(tracked, event.monoNanos());
        }
    }

    private void datagramSocket(TrackedConnection tracked, SocketEvent event) {
        if (event.newState() == SocketEvent.CLOSE) {
            datagrams.forget(event.cookie());
            closed(tracked, event);
        } else if (event.found()) {
            tracked.connection.inherited = true;
        } else if (tracked.connection.openedMonoNanos == 0) {
            tracked.connection.openedMonoNanos = event.monoNanos();
        }
    }

    private void connecting(TrackedConnection tracked, SocketEvent event) {
        tracked.connection.openedMonoNanos = event.monoNanos();
        if (event.operation() == 0) {
            tracked.handshakeUnknown();
        }
    }

    private void established(TrackedConnection tracked, SocketEvent event) {
        if (tracked.connection.openedMonoNanos == 0) {
            tracked.connection.openedMonoNanos = event.monoNanos();
        }
        // without the SYN's packet (another interface, lost) its position is still known
        if (!tracked.hasSentSyn()) {
            tracked.sentSyn(event.writeSeq() - 1);
        }
        if (!tracked.hasReceivedSyn()) {
            tracked.receivedSyn(event.copiedSeq() - 1);
        }
    }

    private void finishing(TrackedConnection tracked, SocketEvent event) {
        if (event.oldState() == event.newState()) {
            return; // close after shutdown: the FIN is on its way, its position behind us
        }
        tracked.finPosition = tracked.sent.extend(event.writeSeq());
        tracked.finOperation = event.operation();
        if (event.operation() == 0) {
            claim(tracked.sent, tracked.finPosition, tracked.finPosition + 1, NOBODY);
        }
    }

    private void closed(TrackedConnection tracked, SocketEvent event) {
        tracked.closeOperation = event.operation();
        tracked.connection.closeReason = ConnectionFacts.closeReason(event);
        ends.closed(tracked, event.monoNanos());
    }

    /** Who knows Java threads by their kernel thread ids, or gives {@code null}; before anything comes in. */
    public void threads(IntFunction<JavaThread> threads) {
        this.threads = threads;
    }

    /** The same object as for the event before, if it is the same thread: so that neighbouring bytes become one range. */
    private JavaThread threadOf(NativeOperationEvent event) {
        if (lastNative == null || lastNative.tid() != event.tid() || !lastNative.nativeName().equals(event.name())) {
            JavaThread known = threads.apply(event.tid());
            lastNative = known != null ? known : new JavaThread(event.name(), 0, false, null, event.tid(), event.name());
        }
        return lastNative;
    }

    /** The bytes wait for nobody: of who moved them the thread is known, and no more. */
    @Override
    public void nativeOperation(NativeOperationEvent event) {
        TrackedConnection tracked = sockets.find(event.cookie());
        if (tracked == null) {
            tracked = sockets.of(event.cookie());
            tracked.handshakeUnknown();
        }
        JavaThread thread = threadOf(event);
        tracked.connection.lastOwner = thread;
        SequenceRanges ranges = tracked.ranges(event.sent());
        long from = ranges.extend(event.from());
        claim(ranges, from, from + (event.to() - event.from()), SequenceRanges.nativeCall(thread));
    }

    @Override
    public void process(ProcessEvent event) {
        processes.told(event);
    }

    @Override
    public void socketOwner(SocketOwnerEvent event) {
        OtherProcess process = processes.of(event.tgid());
        if (sockets.isListener(event.cookie())) {
            sockets.listens(event.cookie(), process);
            return;
        }
        TrackedConnection tracked = sockets.of(event.cookie());
        tracked.process = process;
        tracked.handshakeUnknown();
    }

    @Override
    public void device(DeviceEvent event) {
        interfaces.learn(event);
    }

    @Override
    public void datagram(DatagramEvent event) {
        datagrams.happened(event);
    }

    @Override
    public void trouble(TroubleEvent event) {
        TrackedConnection tracked = sockets.of(event);
        tracked.lastUsedMonoNanos = event.packet().monoNanos;
        troubles.add(event, tracked);
    }

    /**
     * Takes an operation that has ended, with what the kernel says it moved. All records that the ring got before the
     * operation ended must have been taken.
     */
    public void operation(Operation operation, OperationRanges ranges) {
        if (operation.kind() == OperationKind.START) {
            processes.started(operation);
            return;
        }
        operations++;
        TrackedConnection tracked = sockets.find(ranges.cookie());
        if (tracked == null) {
            if (sockets.isListener(ranges.cookie())) {
                return;
            }
            tracked = sockets.of(ranges.cookie());
        }
        tracked.connection.lastOwner = operation.thread();
        datagrams.operation(operation);
        if (!operation.origins().isEmpty()) {
            output.origins(operation, ranges, tracked.connection);
        }
        if (ranges.sent()) {
            long from = tracked.sent.extend(ranges.sentFrom());
            claim(tracked.sent, from, from + (ranges.sentTo() - ranges.sentFrom()), operation);
        }
        if (ranges.received()) {
            long from = tracked.received.extend(ranges.receivedFrom());
            long to = from + (ranges.receivedTo() - ranges.receivedFrom());
            // each read at the end of the stream meets the FIN again: the first has consumed it
            if (operation.bytes() > 0 || tracked.received.at(from) == null) {
                claim(tracked.received, from, to, operation);
            }
        }
        if (ranges.startedNanos() != 0 && timing) {
            timings(tracked).ended(operation, ranges, tracked, output::latency);
        }
        if (ranges.accepted() || operation.kind() == OperationKind.CONNECT && ranges.changedState()) {
            if (tracked.handshake == null || tracked.handshake == NOBODY && !tracked.connection.inherited) {
                tracked.handshake = operation;
            }
            tracked.connection.accepted = ranges.accepted();
            tracked.connection.opener = operation;
        } else if (ranges.changedState()) {
            if (tracked.finOperation == operation.id()) {
                claim(tracked.sent, tracked.finPosition, tracked.finPosition + 1, operation);
            } else if (tracked.closeOperation == operation.id()) {
                tracked.closer = operation;
            }
        }
    }

    private static Timings timings(TrackedConnection tracked) {
        if (tracked.timings == null) {
            tracked.timings = new Timings();
        }
        return tracked.timings;
    }

    private void claim(SequenceRanges ranges, long from, long to, Operation operation) {
        rangesEvicted += ranges.add(from, to, operation);
    }

    // ---- what goes out ------------------------------------------------------------------------------------------

    /**
     * Gives those packets at the head of the queue to the output whose operations are known or that may not wait any
     * longer.
     *
     * @param nowMonoNanos CLOCK_MONOTONIC; every operation that had ended by then has been taken
     * @param mustGo       packets whose ring position is below it go at once, known or not
     * @return how many left
     */
    public int release(long nowMonoNanos, long mustGo) {
        int count = 0;
        while (!held.isEmpty()) {
            PacketEvent event = held.first();
            TrackedConnection tracked = held.firstConnection();
            boolean forced = event.position < mustGo || held.size() > HeldPackets.CAPACITY - 1024;
            boolean awaitsStart = Processes.awaitsStart(tracked.process);
            if (!attribute(event, tracked) || awaitsStart) {
                // nobody tells us what another process has moved
                boolean last = forced || tracked.process != null && !awaitsStart
                        || hasWaited(event, tracked, nowMonoNanos);
                if (!last || isBeingSent(event, tracked)) {
                    if (!last) {
                        break;
                    }
                    attribute(event, tracked);
                }
            }
            emit(event, tracked);
            held.removeFirst();
            count++;
        }
        releaseTroubles(nowMonoNanos, false);
        return count;
    }

    private void releaseTroubles(long nowMonoNanos, boolean mustGo) {
        for (Trouble next = troubles.poll(nowMonoNanos, mustGo); next != null; next = troubles.poll(nowMonoNanos, mustGo)) {
            output.trouble(next);
        }
    }

    private boolean attribute(PacketEvent event, TrackedConnection tracked) {
        return event.protocol == Rules.UDP
                ? datagrams.attribute(event, packet)
                : Rules.attribute(event, tracked, packet);
    }

    /** The ring position of the oldest packet that waits, or {@code otherwise} when none does. */
    public long oldestPosition(long otherwise) {
        return held.isEmpty() ? otherwise : held.first().position;
    }

    /** Reports ended connections and forgets old ones; to be called every now and then. */
    public void sweep(long nowMonoNanos) {
        ends.sweep(nowMonoNanos, connections);
    }

    /** Gives out each connection that was not reported as ended and was in use since this was asked last. */
    public void reportOpen() {
        for (TrackedConnection tracked : connections.all()) {
            long count = tracked.connection.packetsSent + tracked.connection.packetsReceived;
            if (!tracked.endReported && count != tracked.packetsReported) {
                tracked.packetsReported = count;
                output.connectionOpen(tracked.connection);
            }
        }
    }

    /** The capture ends: all that waits goes out, and every connection is reported. */
    public void finish(long nowMonoNanos) {
        release(nowMonoNanos, Long.MAX_VALUE);
        releaseTroubles(nowMonoNanos, true);
        for (TrackedConnection tracked : connections.all()) {
            ends.report(tracked);
        }
    }

    public boolean isHolding() {
        return !held.isEmpty() || !troubles.isEmpty();
    }

    public long packets() {
        return packets;
    }

    public long unattributed() {
        return unattributed;
    }

    public long operations() {
        return operations;
    }

    public long connectionsEvicted() {
        return connections.evicted();
    }

    public long rangesEvicted() {
        return rangesEvicted + datagrams.evicted();
    }

    private void emit(PacketEvent event, TrackedConnection tracked) {
        Connection connection = socketOf(event, tracked);
        packet.number = ++packets;
        packet.monoNanos = event.monoNanos;
        packet.networkInterface = interfaces.of(event.netns, event.ifindex);
        packet.direction = event.outbound ? Direction.OUTBOUND : Direction.INBOUND;
        packet.lostBefore = event.lostBefore - lostSeen;
        lostSeen = event.lostBefore;
        packet.protocol = event.protocol;
        packet.tcpSeq = event.protocol == Rules.UDP ? 0 : event.seq;
        packet.tcpAck = event.protocol == Rules.UDP ? 0 : event.ack;
        packet.tcpFlags = event.tcpFlags;
        packet.payloadLength = event.payloadLength;
        packet.connection = connection;
        if (event.linkLength == 0) {
            ethernet.prepend(event, packet);
        } else {
            packet.originalLength = event.originalLength;
            packet.capturedLength = event.capturedLength;
            packet.data(event.data, event.dataOffset);
        }
        Processes.describe(packet, tracked.process);
        if (packet.attribution != Attribution.EXACT && packet.process == null) {
            unattributed++;
        }
        if (event.protocol == Rules.UDP) {
            datagrams.served(event);
        } else {
            served(event, tracked);
        }
        if (connection != null) {
            connection.process = tracked.process == null ? null : tracked.process.info;
            ConnectionFacts.count(connection, event);
        } else {
            packet.attribution = packet.attribution == Attribution.CONNECTION ? Attribution.NONE : packet.attribution;
        }
        output.packet(packet);
    }

    /** Of several sockets with one address the one that was read from has had the datagram. */
    private Connection socketOf(PacketEvent event, TrackedConnection tracked) {
        if (event.protocol == Rules.UDP && packet.operationCount > 0
                && packet.operation(0).kind() == OperationKind.RECEIVE) {
            TrackedConnection reader = sockets.find(packet.operation(0).connectionId());
            return reader == null ? tracked.connection : reader.connection;
        }
        return tracked.connection;
    }

    private static void served(PacketEvent event, TrackedConnection tracked) {
        tracked.ranges(event.outbound).served(event.seqPosition + event.payloadLength);
        if ((event.tcpFlags & Rules.ACK) != 0) {
            tracked.ranges(!event.outbound).acknowledged(event.ackPosition);
        }
    }

    static boolean hasWaited(PacketEvent event, TrackedConnection tracked, long now) {
        if (now - event.monoNanos > MAX_WAIT_NANOS) {
            return true;
        }
        long closed = tracked.closedMonoNanos;
        return closed != 0 && now - closed > ConnectionEnds.GRACE_NANOS
                && now - event.monoNanos > ConnectionEnds.GRACE_NANOS;
    }

    /**
     * Asks for a call in progress that has sent these bytes; if there is one its range is claimed up to the packet. A SYN is
     * a connect's that waits for its answer.
     */
    private boolean isBeingSent(PacketEvent event, TrackedConnection tracked) {
        if (inProgress == null || !event.outbound || tracked.connection == null) {
            return false;
        }
        if ((event.tcpFlags & Rules.SYN) != 0 && tracked.handshake == null) {
            tracked.handshake = inProgress.connecting(tracked.connection.id);
            return tracked.handshake != null;
        }
        if (event.payloadLength == 0) {
            return false;
        }
        Sending sending = inProgress.sending(tracked.connection.id);
        if (sending == null) {
            return false;
        }
        long from = tracked.sent.extend(sending.sentFrom());
        long end = event.seqPosition + event.payloadLength;
        if (end <= from) {
            return false;
        }
        claim(tracked.sent, tracked.sent.unclaimedFrom(from), end, sending.operation());
        return true;
    }
}
