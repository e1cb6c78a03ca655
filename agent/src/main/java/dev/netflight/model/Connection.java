package dev.netflight.model;

import java.net.InetAddress;

/**
 * One TCP lifetime (or one UDP socket), known by its socket cookie. Mutable, owned by the capture thread; a sink reads
 * it only while it is called.
 */
public final class Connection {
    /** The kernel's socket cookie: the key that joins packets, operations and JFR events. */
    public final long id;
    /** IP protocol number: 6 TCP, 17 UDP. */
    public int protocol = 6;
    /** Inode number of the network namespace. */
    public int netns;
    /** {@code null} until known; IPv4 addresses of dual-stack sockets are plain IPv4. */
    public InetAddress localAddress;
    public InetAddress remoteAddress;
    public int localPort;
    public int remotePort;
    /** The process that uses it, or {@code null} for the JVM. */
    public ProcessInfo process;
    /** {@code true} if the peer opened it. */
    public boolean accepted;
    /** {@code true} if it was open before the capture began. */
    public boolean inherited;
    /** The operation that opened it (connect or accept), or {@code null}. */
    public Operation opener;
    /** The thread of the newest operation on it, or {@code null}. */
    public JavaThread lastOwner;
    /** CLOCK_MONOTONIC nanoseconds; 0 where not seen. */
    public long openedMonoNanos;
    public long closedMonoNanos;
    /** As the capture saw them: packets, payload bytes, bytes on the wire with headers. */
    public long packetsSent;
    public long packetsReceived;
    public long bytesSent;
    public long bytesReceived;
    public long wireBytesSent;
    public long wireBytesReceived;
    /** As the kernel reports them: segments retransmitted, smoothed and least round-trip time in microseconds. */
    public int retransmissions;
    public int smoothedRttMicros;
    public int minRttMicros;
    public int congestionWindow;
    /** How often a side told the other to stop, by a window of 0 after one that was not. */
    public int zeroWindowsSent;
    public int zeroWindowsReceived;
    /** The windows told last, as they stand in the TCP header, unscaled; -1 where none was seen. */
    public int windowSent = -1;
    public int windowReceived = -1;
    /**
     * Why it ended: {@code closed}, {@code peer closed}, {@code reset}, {@code reset by peer}, {@code refused},
     * {@code timed out}, or {@code null} while open.
     */
    public String closeReason;

    public Connection(long id) {
        this.id = id;
    }
}
