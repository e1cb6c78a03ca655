package dev.netflight.sink.jfr;

import dev.netflight.hook.OperationListener;
import dev.netflight.jfr.CaptureConfiguration;
import dev.netflight.jfr.CaptureStatistics;
import dev.netflight.jfr.OpenConnection;
import dev.netflight.model.AddressText;
import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Latency;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import dev.netflight.model.Trouble;
import dev.netflight.model.Wants;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.Sink;
import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;

/**
 * Commits what the capture thread knows as JFR events: packets and origins (where a recording asks for them), connections
 * at their end, statistics, and the capture's configuration. The events are described in {@code docs/jfr-events.md}.
 *
 * <p>Costs nothing worth measuring until the JVM makes its first recording, whenever that is.
 */
public final class JfrSink implements Sink {
    private static final int TCP = 6;
    private static final int UDP = 17;
    /** Flags of the TCP header's 14th byte, lowest first, in the letters and the order of tcpdump. */
    private static final String FLAG_LETTERS = "FSRP.UEW";
    static final String[] FLAGS = flags();

    private final JfrSettings settings;
    private final CaptureAnchor anchor;
    private final JfrRegistration registration;
    private final JfrOperations operations;
    private final JfrOrigins origins = new JfrOrigins();
    private final Consumer<Wants> wants;
    /** The newest ones, for the event that JFR asks for on a thread of its own. */
    private volatile Counters latest = Counters.NONE;
    private volatile boolean wantsOrigins;

    private JfrSink(JfrSettings settings, CaptureAnchor anchor, Consumer<Wants> wants,
            Runnable openConnections) {
        this.settings = settings;
        this.anchor = anchor;
        this.wants = wants;
        this.registration = new JfrRegistration(() -> commit(latest), this::commitConfiguration, openConnections,
                this::lookForWants);
        this.operations = new JfrOperations(registration);
    }

    /** {@return whether this JVM can record at all} Only to be asked where the module {@code jdk.jfr} is present. */
    public static boolean isAvailable() {
        return FlightRecorder.isAvailable();
    }

    /**
     * Registers the event classes, now if a recording was ever made in this JVM, else when the first one is. Takes some
     * tens of milliseconds in the first case; not to be called on a thread of the application.
     *
     * @param anchor relates CLOCK_MONOTONIC to the wall clock
     * @param wants  told what recordings want to know, whenever that may have changed, on any thread
     * @param openConnections has {@link #connectionOpen} called for each on the capture thread, and returns when that is done;
     *               called on a thread of JFR, which holds locks
     */
    public static JfrSink open(JfrSettings settings, CaptureAnchor anchor, Consumer<Wants> wants,
            Runnable openConnections) {
        var sink = new JfrSink(settings, anchor, wants, openConnections);
        sink.registration.open();
        if (sink.registration.isRegistered()) {
            // The chunk of a recording in progress has begun without it.
            sink.commitConfiguration();
            sink.lookForWants();
        }
        return sink;
    }

    private void lookForWants() {
        wants.accept(new Wants(JfrTroubles.wanted(), Probes.areConnectionsWanted(), Probes.areDatagramsWanted()));
        operations.takeTimes(JfrLatencies.wanted());
        wantsOrigins = JfrOrigins.wanted();
    }

    /** {@return whether a recording wants {@link #origins}} Any thread. */
    public boolean wantsOrigins() {
        return wantsOrigins;
    }

    /** {@return what commits the operations' events on the application's threads} For the socket hook. */
    public OperationListener operations() {
        return operations;
    }

    @Override
    public String name() {
        return "jfr";
    }

    @Override
    public void packet(Packet packet) {
        if (registration.isRegistered() && Probes.PACKET.isEnabled()) {
            commit(packet);
        }
    }

    @Override
    public void connectionEnded(Connection connection) {
        if (settings.seesPackets() && registration.isRegistered() && Probes.CONNECTION.isEnabled()) {
            JfrConnections.commit(new dev.netflight.jfr.Connection(), connection, anchor);
        }
    }

    @Override
    public void connectionOpen(Connection connection) {
        if (settings.seesPackets() && registration.isRegistered() && Probes.OPEN_CONNECTION.isEnabled()) {
            JfrConnections.commit(new OpenConnection(), connection, anchor);
        }
    }

    @Override
    public boolean wantsLatencies() {
        return operations.wantsTimes();
    }

    @Override
    public void latency(Latency latency) {
        if (registration.isRegistered()) {
            JfrLatencies.commit(latency);
        }
    }

    @Override
    public void origins(Operation write, OperationRanges ranges, Connection connection) {
        if (wantsOrigins && registration.isRegistered()) {
            origins.commit(write, ranges, connection);
        }
    }

    @Override
    public void trouble(Trouble trouble) {
        if (registration.isRegistered()) {
            JfrTroubles.commit(trouble);
        }
    }

    @Override
    public void statistics(Counters counters) {
        latest = counters;
        if (registration.isRegistered()) {
            // settings may have changed within a recording, of which JFR does not tell
            lookForWants();
        }
    }

    /** Commits the final statistics and takes the event classes back from JFR. Idempotent. */
    @Override
    public void close(Counters counters) {
        if (counters != null && registration.isRegistered()) {
            commit(counters);
        }
        registration.close();
    }

    private void commit(Packet packet) {
        var event = new dev.netflight.jfr.Packet();
        event.packetNumber = packet.number;
        event.age = System.nanoTime() - packet.monoNanos;
        event.direction = packet.direction == null ? null : switch (packet.direction) {
            case INBOUND -> "inbound";
            case OUTBOUND -> "outbound";
        };
        event.networkInterface = packet.networkInterface.name();
        event.length = packet.originalLength;
        event.payload = packet.payloadLength;
        event.protocol = protocol(packet.protocol);
        if (packet.protocol == TCP) {
            event.tcpFlags = FLAGS[packet.tcpFlags & 0xff];
            event.tcpSequence = packet.tcpSeq;
            event.tcpAcknowledgement = packet.tcpAck;
        }
        event.lostBefore = packet.lostBefore;
        event.processId = processId(packet.process);
        if (packet.connection != null) {
            event.connectionId = packet.connection.id;
            event.remoteAddress = AddressText.of(packet.connection.remoteAddress);
            event.remotePort = packet.connection.remotePort;
            event.localPort = packet.connection.localPort;
        }
        cause(event, packet);
        event.commit();
    }

    private static void cause(dev.netflight.jfr.Packet event, Packet packet) {
        event.attribution = switch (packet.attribution) {
            case EXACT -> "exact";
            case CONNECTION -> "connection";
            case NONE -> null;
        };
        event.operations = packet.operationCount;
        JavaThread thread = null;
        if (packet.operationCount > 0) {
            Operation first = packet.operation(0);
            event.operationId = first.id();
            event.frame = frame(first);
            thread = first.thread();
        } else if (packet.attribution == Attribution.CONNECTION) {
            thread = packet.owner();
        }
        if (thread != null && thread.id() != 0) {
            event.javaThread = thread.name();
            event.javaThreadId = thread.id();
        }
    }

    private static void commit(Counters counters) {
        var event = new CaptureStatistics();
        event.matched = counters.matched();
        event.emitted = counters.emitted();
        event.lost = counters.lost();
        event.dropped = counters.dropped();
        event.unattributed = counters.unattributed();
        event.recordsLost = counters.recordsLost();
        event.recursionMisses = counters.recursionMisses();
        event.operations = counters.operations();
        event.operationsDropped = counters.operationsDropped();
        event.connectionsEvicted = counters.connectionsEvicted();
        event.rangesEvicted = counters.rangesEvicted();
        event.bytesWritten = counters.bytesWritten();
        event.commit();
    }

    private void commitConfiguration() {
        var event = new CaptureConfiguration();
        event.version = settings.version();
        event.kernel = System.getProperty("os.name") + ' ' + System.getProperty("os.version");
        event.options = settings.options();
        event.startedAt = anchor.wallNanos() / 1_000_000;
        event.file = settings.file();
        event.filter = settings.filter();
        event.snaplen = settings.snaplen();
        event.interfaces = settings.interfaces();
        event.direction = settings.direction();
        event.scope = settings.scope();
        event.stacks = settings.stacks();
        event.stackDepth = settings.stackDepth();
        event.hooks = settings.hooks();
        event.commit();
    }

    static int processId(ProcessInfo process) {
        return process == null ? 0 : process.pid();
    }

    static String frame(Operation operation) {
        return operation.stack() == null ? null : operation.stack().firstApplicationFrame();
    }

    static String protocol(int number) {
        return switch (number) {
            case TCP -> "TCP";
            case UDP -> "UDP";
            default -> Integer.toString(number);
        };
    }

    private static String[] flags() {
        var texts = new String[256];
        for (int flags = 0; flags < texts.length; flags++) {
            var letters = new StringBuilder();
            for (int bit = 0; bit < 8; bit++) {
                if ((flags >> bit & 1) != 0) {
                    letters.append(FLAG_LETTERS.charAt(bit));
                }
            }
            texts[flags] = letters.isEmpty() ? "none" : letters.toString();
        }
        return texts;
    }
}
