package dev.netflight.sink;

import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Latency;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Packet;
import dev.netflight.model.Trouble;
import java.io.IOException;

/** An output of a capture. All methods are called on the capture thread, {@link #close} last. */
public interface Sink {

    /** Short name for status and log, such as {@code pcapng}. */
    String name();

    /** Takes one packet, in the order of time. {@code packet} is valid only during the call. */
    void packet(Packet packet) throws IOException;

    /** Says that a connection has ended (or the capture, while it was open). */
    default void connectionEnded(Connection connection) throws IOException {}

    /** Says what a connection that goes on has carried so far. */
    default void connectionOpen(Connection connection) throws IOException {}

    /** {@return whether {@link #latency} is of use} Asked often. */
    default boolean wantsLatencies() {
        return false;
    }

    /** Says where the time of a write or read went; a write when it has been acknowledged. */
    default void latency(Latency latency) throws IOException {}

    /** Says who handed over bytes of a write that has ended, before any packet that carries them is given. */
    default void origins(Operation write, OperationRanges ranges, Connection connection) throws IOException {}

    /** Says that bytes were sent again, a connection was reset, or a packet was thrown away by the kernel. */
    default void trouble(Trouble trouble) throws IOException {}

    /** Called about once a second with the counters so far. */
    default void statistics(Counters counters) throws IOException {}

    /** Brings what is buffered to where a reader or the next process can see it. Called at least every 200 ms. */
    default void flush() throws IOException {}

    /** Completes the output. Idempotent. {@code counters} are the final ones. */
    void close(Counters counters) throws IOException;

    /** Bytes written so far; 0 for a sink that writes no file. */
    default long bytesWritten() {
        return 0;
    }
}
