package dev.netflight.model;

import java.net.InetAddress;

/**
 * A kernel event: a socket changed its state, or was found open. States are the kernel's numbers
 * (include/net/tcp_states.h).
 *
 * @param operation   operation of the thread that caused the change, 0 where none did
 * @param tid         thread that was current, in the initial PID namespace
 * @param writeSeq    one past the last byte queued for sending, a FIN included
 * @param copiedSeq   next byte that the application will read, a FIN included
 * @param found       it was open before the capture, or came by a way that no hook saw
 * @param accepted    the peer opened it
 * @param leftOut     it is followed no more, since the filter accepts none of its packets
 * @param error       errno that ended it, 0 for none
 */
public record SocketEvent(
        long monoNanos, long cookie, int netns, long operation, int tid, int protocol, int oldState, int newState,
        InetAddress localAddress, int localPort, InetAddress remoteAddress, int remotePort, int writeSeq,
        int copiedSeq, int rcvNxt, int smoothedRttMicros, int minRttMicros, int retransmissions, int congestionWindow,
        long bytesAcked, long bytesReceived, boolean found, boolean accepted, boolean leftOut, int error) {

    public static final int ESTABLISHED = 1;
    public static final int SYN_SENT = 2;
    public static final int SYN_RECV = 3;
    public static final int FIN_WAIT1 = 4;
    public static final int FIN_WAIT2 = 5;
    public static final int TIME_WAIT = 6;
    public static final int CLOSE = 7;
    public static final int CLOSE_WAIT = 8;
    public static final int LAST_ACK = 9;
    public static final int LISTEN = 10;
    public static final int CLOSING = 11;
}
