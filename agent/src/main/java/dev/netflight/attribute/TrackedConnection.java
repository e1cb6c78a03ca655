package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;

import dev.netflight.model.Connection;
import dev.netflight.model.Operation;
import dev.netflight.model.OtherProcess;

/** A connection with what is needed to attribute its packets. Capture thread only. */
final class TrackedConnection {
    private static final long UNKNOWN = Long.MIN_VALUE;

    /** {@code null} while only a handshake is known, before the accepted socket exists. */
    Connection connection;

    /** Under the listener's cookie, with the addresses: what the kernel's table has from the SYN-ACK on. */
    Connection halfOpen;

    /** Who uses it, {@code null} for the JVM. */
    OtherProcess process;

    final SequenceRanges sent = new SequenceRanges();
    final SequenceRanges received = new SequenceRanges();

    /** {@code null} where nobody wants to know. */
    Timings timings;

    /** The connect or accept, {@code NOBODY} if there will be none, {@code null} while it is awaited. */
    Operation handshake;
    private long sentSyn = UNKNOWN;
    private long receivedSyn = UNKNOWN;

    /** Id of the operation that sent the FIN, before it is known itself; 0 for none. */
    long finOperation;
    long finPosition = UNKNOWN;
    /** Id of the operation that took the socket to CLOSE; 0 for none. */
    long closeOperation;
    /** The operation with that id once it is known. */
    Operation closer;
    /** The state changed to one behind which no operation can come, at this time; 0 while open. */
    long closedMonoNanos;
    boolean endReported;
    /** When it was left out, whose packets the filter does not accept; 0 while it is followed. */
    long leftOutMonoNanos;
    /** Packets that it had when it was last reported as open; -1 before. */
    long packetsReported = -1;
    /** When a packet or an operation last touched it. */
    long lastUsedMonoNanos;

    TrackedConnection(Connection connection) {
        this.connection = connection;
    }

    void sentSyn(int seq) {
        sentSyn = sent.extend(seq);
    }

    void receivedSyn(int seq) {
        receivedSyn = received.extend(seq);
    }

    boolean hasSentSyn() {
        return sentSyn != UNKNOWN;
    }

    boolean hasReceivedSyn() {
        return receivedSyn != UNKNOWN;
    }

    Operation senderOf(long position) {
        return position == sentSyn ? handshake : sent.at(position);
    }

    Operation readerOf(long position) {
        return position == receivedSyn ? handshake : received.at(position);
    }

    /** The operation whose bytes {@code position} belongs to, {@code NOBODY}, or {@code null} while unknown. */
    Operation ownerOf(boolean outbound, long position) {
        return outbound ? senderOf(position) : readerOf(position);
    }

    SequenceRanges ranges(boolean outbound) {
        return outbound ? sent : received;
    }

    /** Gives what is still awaited up: the capture did not see its beginning. */
    void handshakeUnknown() {
        if (handshake == null) {
            handshake = NOBODY;
        }
    }
}
