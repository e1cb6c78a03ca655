package dev.netflight.sink.jfr;

import dev.netflight.hook.OperationListener;
import dev.netflight.hook.OperationRecord;
import dev.netflight.jfr.DatagramReceive;
import dev.netflight.jfr.DatagramSend;
import dev.netflight.jfr.DnsLookup;
import dev.netflight.jfr.SocketAccept;
import dev.netflight.jfr.SocketClose;
import dev.netflight.jfr.SocketConnect;
import dev.netflight.jfr.SocketOperation;
import dev.netflight.jfr.SocketRead;
import dev.netflight.jfr.SocketWrite;
import dev.netflight.jfr.StreamOperation;
import dev.netflight.model.AddressText;
import dev.netflight.model.OperationKind;
import java.net.InetAddress;
import jdk.jfr.Event;

/**
 * Commits an operation's JFR event on the application's thread, whose stack it thereby carries. The frames of this
 * class are named in the events' stack filter: the topmost frame of an event is the JDK's.
 *
 * <p>Nothing is allocated unless a recording wants the kind of event, nothing is loaded or linked here for the first
 * time ({@link #prime}), and JFR itself pins a virtual thread where it must. No invokedynamic: no string concatenation,
 * no pattern switch.
 */
final class JfrOperations implements OperationListener {
    private static final int CONNECT = OperationKind.CONNECT.code;
    private static final int ACCEPT = OperationKind.ACCEPT.code;
    private static final int READ = OperationKind.READ.code;
    private static final int WRITE = OperationKind.WRITE.code;
    private static final int SEND = OperationKind.SEND.code;
    private static final int RECEIVE = OperationKind.RECEIVE.code;
    private static final int LOOKUP = OperationKind.LOOKUP.code;
    private static final int SENDFILE = OperationKind.SENDFILE.code;
    private static final int SHUTDOWN = OperationKind.SHUTDOWN.code;
    private static final int CLOSE = OperationKind.CLOSE.code;
    /** {@code sun.nio.ch.IOStatus.EOF}: the end of the stream. */
    private static final long END = -1;

    private final JfrRegistration registration;
    private volatile boolean timed;

    JfrOperations(JfrRegistration registration) {
        this.registration = registration;
    }

    @Override
    public Object operationStarted(int kind) {
        return registration.isRegistered() ? begun(kind) : null;
    }

    /** Says whether a recording wants to know where the time of calls went. Any thread. */
    void takeTimes(boolean wanted) {
        timed = wanted;
    }

    @Override
    public boolean wantsTimes() {
        return timed;
    }

    private static Event begun(int kind) {
        if (kind == READ) {
            return Probes.READ.isEnabled() ? begun(new SocketRead()) : null;
        }
        if (kind == WRITE || kind == SENDFILE) {
            return Probes.WRITE.isEnabled() ? begun(new SocketWrite()) : null;
        }
        if (kind == RECEIVE) {
            return Probes.RECEIVE.isEnabled() ? begun(new DatagramReceive()) : null;
        }
        if (kind == SEND) {
            return Probes.SEND.isEnabled() ? begun(new DatagramSend()) : null;
        }
        if (kind == ACCEPT) {
            return Probes.ACCEPT.isEnabled() ? begun(new SocketAccept()) : null;
        }
        if (kind == CONNECT) {
            return Probes.CONNECT.isEnabled() ? begun(new SocketConnect()) : null;
        }
        if (kind == LOOKUP) {
            return Probes.LOOKUP.isEnabled() ? begun(new DnsLookup()) : null;
        }
        if (kind == CLOSE || kind == SHUTDOWN) {
            return Probes.CLOSE.isEnabled() ? begun(new SocketClose()) : null;
        }
        return null;
    }

    private static Event begun(Event event) {
        event.begin();
        return event;
    }

    @Override
    public void operationEnded(Object event, OperationRecord operation) {
        SocketOperation ended = (SocketOperation) event;
        ended.end();
        if (ended.shouldCommit()) {
            fill(ended, operation);
            ended.commit();
        }
    }

    @Override
    public void lookupEnded(Object event, long operation, String host, InetAddress[] addresses, Throwable failure) {
        DnsLookup ended = (DnsLookup) event;
        ended.end();
        if (ended.shouldCommit()) {
            ended.operationId = operation;
            ended.host = host;
            ended.addresses = addresses == null ? null : text(addresses);
            ended.failure = failure == null ? null : failure.toString();
            ended.commit();
        }
    }

    private static String text(InetAddress[] addresses) {
        StringBuilder text = new StringBuilder();
        for (InetAddress address : addresses) {
            text.append(text.isEmpty() ? "" : ", ").append(AddressText.of(address));
        }
        return text.toString();
    }

    private static void fill(SocketOperation event, OperationRecord operation) {
        event.operationId = operation.operation;
        event.connectionId = operation.cookie;
        if (operation.remotePort != 0) {
            event.remoteAddress = AddressText.of(operation.remoteAddressHigh, operation.remoteAddressLow);
            event.remotePort = operation.remotePort;
        }
        event.localPort = operation.localPort;
        if (event instanceof StreamOperation stream) {
            stream.smoothedRtt = operation.smoothedRttMicros;
            stream.congestionWindow = operation.congestionWindow;
        }
        if (event instanceof SocketRead read) {
            read.bytes = operation.bytes();
            read.endOfStream = operation.result == END;
        } else if (event instanceof SocketWrite write) {
            write.bytes = operation.bytes();
            write.kind = operation.kind == SENDFILE ? OperationKind.SENDFILE.word : OperationKind.WRITE.word;
        } else if (event instanceof DatagramSend send) {
            send.bytes = operation.bytes();
        } else if (event instanceof DatagramReceive receive) {
            receive.bytes = operation.bytes();
        } else if (event instanceof SocketConnect connect) {
            connect.established = operation.result > 0;
        } else if (event instanceof SocketClose close) {
            close.kind = operation.kind == SHUTDOWN ? OperationKind.SHUTDOWN.word : OperationKind.CLOSE.word;
        }
    }

    /**
     * Loads, initialises and links on the calling thread what {@link #operationStarted} and {@link #operationEnded} use.
     * What JFR itself needs for a first commit is done by the {@code CaptureConfiguration} with which a recording begins.
     */
    static void prime() {
        for (OperationKind kind : OperationKind.values()) {
            begun(kind.code);
        }
        for (SocketOperation event : new SocketOperation[] {
            new SocketConnect(), new SocketAccept(), new SocketRead(), new SocketWrite(), new SocketClose(),
            new DatagramSend(), new DatagramReceive()
        }) {
            begun(event);
            event.end();
            event.shouldCommit();
        }
        DnsLookup lookup = new DnsLookup();
        begun(lookup);
        lookup.end();
        lookup.shouldCommit();
        text(new InetAddress[] {InetAddress.getLoopbackAddress()});
        AddressText.of(0, 0xffff_7f00_0001L);
        AddressText.of(0x2001_0db8_0000_0000L, 1);
    }
}
