package dev.netflight.model;

/**
 * A kernel event: a datagram was sent, read or thrown away. Datagrams are known by the number that their packets have,
 * {@link PacketEvent#seq}.
 *
 * @param operation of the thread that sent or read it; 0 for native code
 * @param number    0 where it is not known
 * @param length    bytes that a read got: fewer than the datagram has where it was cut off
 * @param uncertain others may have come to the socket that left no packet here
 * @param queued    of {@link Fate#TAKEN}: what was still to be read, 0 for one that left no packet
 * @param idleSince of {@link Fate#TAKEN}: when the socket was last seen empty, CLOCK_MONOTONIC; 0 where that is not known
 */
public record DatagramEvent(
        long monoNanos, long cookie, long operation, int tid, int number, int length, Fate fate, boolean uncertain,
        int[] queued, long idleSince) {

    /** What became of it. */
    public enum Fate {
        SENT,
        /** The one of this number was read. */
        READ,
        /** One that had come to an idle socket was read, and is no longer among the queued ones. */
        TAKEN,
        /** The kernel threw it away: nobody will read it. */
        DROPPED
    }
}
