package dev.netflight.model;

/** Which way a packet went, seen from the host. */
public enum Direction {
    INBOUND, OUTBOUND
}
