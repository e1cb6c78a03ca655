package dev.netflight.model;

import java.util.List;

/**
 * One read, write, connect, accept, send, receive, sendfile, shutdown or close made by a Java thread on a captured
 * socket, a start of a process, or a lookup of a host.
 *
 * @param id           unique within a capture, never 0
 * @param kind         what was asked for
 * @param thread       who asked
 * @param stack        from where, or {@code null} where stacks are off or were throttled
 * @param connectionId the socket cookie
 * @param bytes        bytes that the call moved; 0 for calls that move none
 * @param origins      who handed the bytes over, in the order of the bytes; empty where that is not known or the
 *                     operation's own call made them
 * @param host         of a lookup what was asked for, otherwise {@code null}
 */
public record Operation(
        long id, OperationKind kind, JavaThread thread, JavaStack stack, long connectionId, long bytes,
        List<Origin> origins, String host) {

    /** One that is no lookup. */
    public Operation(
            long id, OperationKind kind, JavaThread thread, JavaStack stack, long connectionId, long bytes,
            List<Origin> origins) {
        this(id, kind, thread, stack, connectionId, bytes, origins, null);
    }
}
