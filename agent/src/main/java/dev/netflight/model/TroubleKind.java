package dev.netflight.model;

/** What can befall a packet or a connection that the kernel tells of apart from packets. */
public enum TroubleKind {
    /** The kernel sent bytes again. */
    RETRANSMISSION,
    /** A side tore the connection down. */
    RESET,
    /** The kernel threw a packet away. */
    DROP
}
