package dev.netflight.model;

/**
 * What the kernel wrote of an operation: which bytes of which socket it moved.
 *
 * @param cookie       the socket's cookie
 * @param sent         whether {@code [sentFrom, sentTo)} is valid
 * @param sentFrom     first byte queued for sending, as a TCP sequence number
 * @param received     whether {@code [receivedFrom, receivedTo)} is valid; a consumed FIN counts as a byte
 * @param changedState whether the call changed the socket's state: connect, shutdown, close
 * @param accepted     whether the call returned the socket
 * @param startedNanos when the call began, CLOCK_MONOTONIC; 0 where nobody wanted to know
 * @param endedNanos   when it ended
 */
public record OperationRanges(
        long cookie, boolean sent, int sentFrom, int sentTo, boolean received, int receivedFrom, int receivedTo,
        boolean changedState, boolean accepted, long startedNanos, long endedNanos) {

    /** Without times. */
    public OperationRanges(
            long cookie, boolean sent, int sentFrom, int sentTo, boolean received, int receivedFrom, int receivedTo,
            boolean changedState, boolean accepted) {
        this(cookie, sent, sentFrom, sentTo, received, receivedFrom, receivedTo, changedState, accepted, 0, 0);
    }
}
