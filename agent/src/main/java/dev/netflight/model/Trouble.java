package dev.netflight.model;

import java.util.List;

/**
 * What a {@link TroubleEvent} tells, with the operations that it belongs to.
 *
 * @param connection  the socket's, or {@code null} while only a handshake is known
 * @param attribution {@link Attribution#EXACT} if the operations of all its bytes are known, {@link Attribution#CONNECTION}
 *                    if only some or none are
 * @param operations  in the order of the bytes
 * @param process     who uses the socket, {@code null} for the JVM
 */
public record Trouble(
        TroubleEvent event, Connection connection, Attribution attribution, List<Operation> operations,
        ProcessInfo process) {}
