package dev.netflight.hook;

import jdk.internal.access.JavaLangAccess;
import jdk.internal.access.SharedSecrets;
import jdk.internal.misc.Unsafe;

/**
 * A captured operation on its way from the application's thread to the capture thread: what the kernel wrote into the
 * thread's slot during the system call, and who made the call. Made on the application's thread, published by
 * {@link OperationQueue} and not changed after that.
 */
public final class OperationRecord {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final JavaLangAccess JAVA_LANG = SharedSecrets.getJavaLangAccess();

    /** {@code (slot index + 1) << 40 | count}: unique within a capture, never 0. */
    public final long operation;
    /** {@link dev.netflight.model.OperationKind#code}. */
    public final int kind;
    /** What the call returned: bytes moved, or one of {@code sun.nio.ch.IOStatus}' negative values. */
    public final long result;
    /**
     * Of {@code Thread.currentThread()}; a virtual thread is itself, not its carrier. Not the thread: a virtual one would
     * keep alive all that its task has made, for as long as the record waits.
     */
    public final long threadId;
    public final String threadName;
    public final boolean isVirtual;
    /** From where; {@code null} where stacks are off, throttled, or the JVM makes none. */
    public final Throwable stack;
    /** The slot of the OS thread that ran the system call. */
    public final ThreadSlot slot;
    /** Of a lookup what was asked for, otherwise {@code null}. */
    public final String host;
    /** The socket cookie. */
    public final long cookie;
    /** {@link SlotLayout#SENT} and its neighbours. */
    public final int flags;
    /** Bytes {@code [tx0, tx1)} sent, as TCP sequence numbers; valid if {@link #sent}. */
    public final int tx0;
    public final int tx1;
    /** Bytes {@code [rx0, rx1)} consumed, as TCP sequence numbers; valid if {@link #received}. */
    public final int rx0;
    public final int rx1;
    /** First and last eight bytes of the peer's IPv6 or v4-mapped address, big-endian: the address' first byte is the highest. */
    public final long remoteAddressHigh;
    public final long remoteAddressLow;
    public final int remotePort;
    public final int localPort;
    /** Smoothed round-trip time in microseconds and congestion window in segments; 0 where the kernel did not say. */
    public final int smoothedRttMicros;
    public final int congestionWindow;
    /** The innermost handler that what was read had been given to when the record was published, or {@code null}. */
    Handler handlers;
    /** Who handed the bytes over, in their order from {@link #tx0} on; {@code null} where nobody is known to have. */
    OriginRun origins;
    private long startedNanos;
    private long endedNanos;

    /**
     * Copies line 1 of the slot at {@code slot.address}; the caller has checked that it is of {@code operation}, and is
     * {@code thread}.
     */
    OperationRecord(long operation, int kind, long result, Thread thread, Throwable stack, ThreadSlot slot, String host) {
        this.operation = operation;
        this.kind = kind;
        this.result = result;
        this.threadId = thread.threadId();
        this.threadName = thread.getName();
        this.isVirtual = thread != JAVA_LANG.currentCarrierThread();
        this.stack = stack;
        this.slot = slot;
        this.host = host;
        long address = slot.address;
        this.cookie = UNSAFE.getLong(address + SlotLayout.COOKIE);
        this.flags = UNSAFE.getByte(address + SlotLayout.FLAGS);
        this.tx0 = UNSAFE.getInt(address + SlotLayout.TX0);
        this.tx1 = UNSAFE.getInt(address + SlotLayout.TX1);
        this.rx0 = UNSAFE.getInt(address + SlotLayout.RX0);
        this.rx1 = UNSAFE.getInt(address + SlotLayout.RX1);
        this.remoteAddressHigh = networkOrder(UNSAFE.getLong(address + SlotLayout.REMOTE_ADDRESS));
        this.remoteAddressLow = networkOrder(UNSAFE.getLong(address + SlotLayout.REMOTE_ADDRESS + 8));
        this.remotePort = UNSAFE.getChar(address + SlotLayout.REMOTE_PORT);
        this.localPort = UNSAFE.getChar(address + SlotLayout.LOCAL_PORT);
        this.smoothedRttMicros = UNSAFE.getInt(address + SlotLayout.SRTT_MICROS);
        this.congestionWindow = UNSAFE.getInt(address + SlotLayout.SND_CWND);
    }

    /** Before it is published: when the call began and ended, {@code System.nanoTime()}. */
    void timed(long started, long ended) {
        startedNanos = started;
        endedNanos = ended;
    }

    /** When the call began, CLOCK_MONOTONIC nanoseconds; 0 where nobody wanted to know. */
    public long startedNanos() {
        return startedNanos;
    }

    /** When it ended. */
    public long endedNanos() {
        return endedNanos;
    }

    /** Bytes that the call moved; 0 for a call that moves none or failed. */
    public long bytes() {
        boolean moves = kind >= 3 && kind <= 7;
        return moves && result > 0 ? result : 0;
    }

    /** Whether {@link #tx0} and {@link #tx1} are set. */
    public boolean sent() {
        return (flags & SlotLayout.SENT) != 0;
    }

    /** Whether {@link #rx0} and {@link #rx1} are set. */
    public boolean received() {
        return (flags & SlotLayout.RECEIVED) != 0;
    }

    /** Whether the peer's address is an IPv4 one, held as {@code ::ffff:a.b.c.d}. */
    public boolean remoteIsIpv4() {
        return remoteAddressHigh == 0 && remoteAddressLow >>> 32 == 0xffff;
    }

    private static long networkOrder(long memory) {
        return UNSAFE.isBigEndian() ? memory : Long.reverseBytes(memory);
    }
}
