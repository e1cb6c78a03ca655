package dev.netflight.model;

/**
 * What a capture counted, at one moment: {@code matched = emitted + lost + dropped} once the ring is drained.
 *
 * @param matched      packets that a kernel program found to be of this capture
 * @param emitted      packets given to the sinks
 * @param lost         packets that found the ring full, counted in the kernel
 * @param dropped      packets that Netflight itself left out after the ring, for a reason that the log names
 * @param unattributed packets emitted without a known operation where one was looked for
 * @param recordsLost  records other than packets (life cycle of sockets, native operations) that found the ring full
 * @param recursionMisses runs that the kernel skipped because a program was already running on that processor
 * @param operations   operations seen on captured sockets
 * @param operationsDropped operations whose queue was full or whose thread had no slot
 * @param connectionsEvicted connections forgotten because the table was full
 * @param rangesEvicted byte ranges forgotten because a connection had too many of them
 * @param bytesWritten bytes written to the capture file
 */
public record Counters(
        long matched, long emitted, long lost, long dropped, long unattributed, long recordsLost, long recursionMisses,
        long operations, long operationsDropped, long connectionsEvicted, long rangesEvicted, long bytesWritten) {

    /** Nothing counted yet. */
    public static final Counters NONE = new Counters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
