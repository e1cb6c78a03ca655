package dev.netflight.model;

/** How much is known of a packet's cause. */
public enum Attribution {
    /** By bytes or by the call itself: the packet's operations are known. */
    EXACT,
    /** The socket is known, no operation is: its last owner is shown, without a stack. */
    CONNECTION,
    /** Nothing is known. */
    NONE
}
