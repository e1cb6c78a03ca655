package dev.netflight.sink.flight;

/**
 * How a packet lies in a segment: one after another, native byte order, nothing aligned.
 *
 * <pre>
 *  u8 flags | u64 number | u64 monoNanos | interface | u32 originalLength | u32 capturedLength | u8 protocol
 *  u32 tcpSeq | u32 tcpAck | u8 tcpFlags | i32 payloadLength
 *  [u64 lostBefore] [process] [start: operation] [u64 connection] [last owner: thread]
 *  u32 operations | (i32 bytes in this packet | operation)…  | captured bytes
 *
 *  operation:  u8 kind | u64 id | u64 bytes | u64 connection | thread | stack | host: text | u32 origins | origin…
 *  origin:     text | u64 thread id | stack | i32 from | i32 to
 * </pre>
 *
 * <p>Interface, process, thread, stack and text are <b>references</b>: a u32 that counts those of its kind in the segment, where
 * it is the next number followed by what it stands for, and {@link #NOTHING} for {@code null}.
 *
 * <pre>
 *  interface:  i32 netns | i32 ifindex | name: text | description: text
 *  process:    i32 pid, userId, parentPid | eight texts
 *  thread:     u64 id | i32 tid | u8 virtual | name, carrier, nativeName: text
 *  stack:      i32 application frame | u8 truncated | u32 frames | text…
 *  text:       u32 length | UTF-8
 * </pre>
 */
final class FlightRecord {
    /** A reference to {@code null}. */
    static final int NOTHING = -1;

    /** Bits of the flags: the direction's and the attribution's ordinal, and what else is there. */
    static final int HAS_DIRECTION = 1;
    static final int OUTBOUND = 2;
    static final int ATTRIBUTION_SHIFT = 2;
    static final int ATTRIBUTION_MASK = 3;
    static final int HAS_LOSS = 1 << 4;
    static final int HAS_PROCESS = 1 << 5;
    static final int HAS_START = 1 << 6;
    static final int HAS_CONNECTION = 1 << 7;

    private FlightRecord() {}
}
