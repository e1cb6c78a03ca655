package dev.netflight.model;

/**
 * A kernel event: another process uses a socket from now on. A socket of which nothing was told is the JVM's.
 *
 * @param tgid of the process, as the initial PID namespace counts; 0 for the JVM
 */
public record SocketOwnerEvent(long cookie, int tgid) {}
