package dev.netflight.hook;

/**
 * A thread's slot: 128 bytes of a memory-mapped kernel map, shared by one OS thread, the kernel programs that run in
 * its system calls, and the capture thread.
 *
 * <pre>
 * line 0, written by the thread before and after a call
 *   0 +-----------------------------------+
 *     | u64 operation         0 = idle    |
 *   8 +-----------------+-----------------+
 *     | u32 fd          | u32 kind        |
 *  16 +-----------------+-----------------+
 *     | u64 last operation    the JVM's own: the programs leave it alone
 *  24 +-----------------------------------+
 *     | u64 pad[5]                        |
 * line 1, written by the kernel programs during the call
 *  64 +-----------------------------------+
 *     | u64 result_operation              |
 *  72 +-----------------------------------+
 *     | u64 cookie                        |
 *  80 +-----------------+-----------------+
 *     | u32 tx0         | u32 tx1         |
 *  88 +-----------------+-----------------+
 *     | u32 rx0         | u32 rx1         |
 *  96 +-----------------+-----------------+
 *     | u8 remote_address[16]   network order, IPv4 as v4-mapped
 * 112 +--------+--------+-----------------+
 *     | u16 rp | u16 lp | u32 srtt_us     |
 * 120 +--------+--------+--+--------------+
 *     | u32 snd_cwnd    |u8| pad[3]       |   u8 flags
 * 128 +-----------------+--+--------------+
 * </pre>
 *
 * The operation counter lies in the slot and not in a Java object because objects of several threads may come to lie
 * in one cache line; it goes on when a slot passes to another thread, so that no id is given twice.
 */
public final class SlotLayout {
    public static final int SIZE = 128;

    public static final int OPERATION = 0;
    public static final int FD_KIND = 8;
    public static final int LAST_OPERATION = 16;

    public static final int RESULT_OPERATION = 64;
    public static final int COOKIE = 72;
    public static final int TX0 = 80;
    public static final int TX1 = 84;
    public static final int RX0 = 88;
    public static final int RX1 = 92;
    public static final int REMOTE_ADDRESS = 96;
    public static final int REMOTE_PORT = 112;
    public static final int LOCAL_PORT = 114;
    public static final int SRTT_MICROS = 116;
    public static final int SND_CWND = 120;
    public static final int FLAGS = 124;

    /** {@code [tx0, tx1)} is valid. */
    public static final int SENT = 1;
    /** {@code [rx0, rx1)} is valid. */
    public static final int RECEIVED = 2;
    /** The call changed the connection's state: connect, shutdown, close. */
    public static final int STATE = 4;
    /** The connection was looked up by its descriptor: accept. */
    public static final int ADOPTED = 8;
    /** {@code tx0} was read before the first byte was queued: valid while the call is in progress. */
    public static final int BEGUN = 16;
    /** What the call moved stands in records of the ring: datagrams. */
    public static final int RECORDED = 32;

    /** Bits of an operation id below the slot's number: 2^40 operations of a slot. */
    static final int OPERATION_BITS = 40;

    private SlotLayout() {}

    /** The slot that {@code operation} was made in. */
    public static int slotIndex(long operation) {
        return (int) (operation >>> OPERATION_BITS) - 1;
    }
}
