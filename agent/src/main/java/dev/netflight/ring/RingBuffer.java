package dev.netflight.ring;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.Errno;
import dev.netflight.libbpf.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads a BPF ring buffer (Linux 5.8) in place, and lets the reader run ahead of what it gives back.
 *
 * <p>Three positions, 64-bit byte counts that only grow, with {@code released ≤ cursor ≤ produced ≤ released + size}:
 * <pre>
 *      released                 cursor              produced
 *  ------|------------------------|--------------------|------
 *   free | read, held in place    | complete or busy   | free
 * </pre>
 * {@link #read()} moves the cursor over the next complete record and answers where it lies; {@link #release(long)} gives
 * back everything before a position. For the kernel the ring is as full as {@code produced − released}: what is held
 * longer than there is room for is paid with lost records.
 *
 * <p><b>A consumer's round</b>, always on the same thread:
 * <pre>{@code
 * while (running) {
 *     long position;
 *     while ((position = ring.read()) >= 0) {
 *         use(ring.buffer(), ring.offset(), ring.length());
 *     }
 *     ring.release(firstPositionStillNeeded);      // or ring.cursor(): all of it
 *     ring.pause(nanosUntilTheNextDeadline);
 * }
 * }</pre>
 *
 * <p><b>Waking.</b> A wake-up is paid by the thread that sends the packet (5–14 µs against 1 µs), so there are none as long
 * as the consumer comes by itself: it polls every 5 ms, and only after four rounds in which nothing was new it stores 1
 * in the {@code consumer_sleeping} word, looks once more, and waits in epoll, at most 1 s. The kernel program submits with
 * {@code consumer_sleeping ? 0 : BPF_RB_NO_WAKEUP} (or {@code BPF_RB_FORCE_WAKEUP} for 0) and reads the word <em>after</em>
 * it reserved: either the consumer sees the reserved record, or the program sees the consumer asleep. What it discards it
 * discards with the same flags.
 *
 * <p>While records are held the consumer goes on polling: the kernel wakes a reader only for a record that begins where
 * the consumer position stands, and epoll calls a ring readable as long as the two positions differ.
 *
 * <p>Apart from {@link #wakeup()}, {@link #heldBytes()}, {@link #backlogBytes()}, {@link #isSleeping()} and
 * {@link #missedWakeups()} all methods belong to the consumer's thread.
 */
public final class RingBuffer implements AutoCloseable {
    /** Between two rounds of a busy consumer. */
    public static final long POLL_NANOS = 5_000_000;
    /** Rounds without anything new before the consumer sleeps. */
    public static final int EMPTY_ROUNDS = 4;
    /** The longest sleep; the net below a lost wake-up. */
    public static final long SLEEP_NANOS = 1_000_000_000;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    // struct epoll_event is packed on x86-64 only: {u32 events, u64 data} in 12 bytes, else 16
    private static final boolean PACKED_EVENT = "amd64".equals(System.getProperty("os.arch"));
    private static final int EVENT_BYTES = PACKED_EVENT ? 12 : 16;
    private static final int MAX_EVENTS = 2;

    private final Arena arena;
    private final MemorySegment consumer;
    private final MemorySegment producer;
    private final MemorySegment data;
    private final ByteBuffer buffer;
    private final MemorySegment sleeping;
    private final long sleepingOffset;
    private final long size;
    private final long mask;
    private final int epoll;
    private final int event;
    private final MemorySegment events;
    private final MemorySegment one;

    // plain: written by the consumer's thread; the counters read them racily and say so
    private long cursor;
    private long released;
    private long produced;
    private int offset;
    private int length;

    /** {@link #POLL_NANOS}, except in a test that wants many sleeps in little time. */
    long pollNanos = POLL_NANOS;
    private long cursorAtPause;
    private int emptyRounds;
    private volatile long missedWakeups; // written by the consumer only
    private volatile Thread parked;
    private volatile boolean inEpoll;
    private volatile boolean woken;
    private boolean closed; // guarded by this

    /**
     * Maps a ring buffer and becomes its consumer.
     *
     * @param map a loaded map of type BPF_MAP_TYPE_RINGBUF, of at most 512 MiB
     * @param sleeping a live mapping that holds the program's {@code consumer_sleeping}, a u32; it must outlive this
     * @param sleepingOffset its offset, a multiple of 4
     * @throws BpfException if mapping fails or no descriptor is left
     */
    public static RingBuffer open(BpfMap map, MemorySegment sleeping, long sleepingOffset) {
        long size = map.maxEntries();
        if (size <= 0 || Long.bitCount(size) != 1 || 2 * size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Ring " + map.name() + " of " + size + " bytes: a power of two up to 512 MiB is needed");
        }
        Arena arena = Arena.ofShared();
        int epoll = -1;
        int event = -1;
        try {
            int page = Libc.pageSize();
            MemorySegment consumer = Libc.map(arena, page, Libc.PROT_READ | Libc.PROT_WRITE, map.fd(), 0);
            MemorySegment rest = Libc.map(arena, page + 2 * size, Libc.PROT_READ, map.fd(), page);
            epoll = checked("epoll_create1", map.name(), Libc.epoll_create1(Libc.EPOLL_CLOEXEC));
            event = checked("eventfd", map.name(), Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
            add(arena, epoll, map.fd(), Libc.EPOLLIN);
            add(arena, epoll, event, Libc.EPOLLIN | Libc.EPOLLET); // by edge: then nobody has to read it empty
            return new RingBuffer(arena, consumer, rest.asSlice(0, page), rest.asSlice(page, 2 * size), size,
                    sleeping, sleepingOffset, epoll, event);
        } catch (RuntimeException | Error problem) {
            if (epoll >= 0) {
                Libc.close(epoll);
            }
            if (event >= 0) {
                Libc.close(event);
            }
            arena.close();
            throw problem;
        }
    }

    /** Over any memory of the right layout; {@code epoll} and {@code event} are −1 where {@link #pause} is not used. */
    RingBuffer(Arena arena, MemorySegment consumer, MemorySegment producer, MemorySegment data, long size,
            MemorySegment sleeping, long sleepingOffset, int epoll, int event) {
        this.arena = arena;
        this.consumer = consumer;
        this.producer = producer;
        this.data = data.asReadOnly();
        this.buffer = this.data.asByteBuffer().order(ByteOrder.nativeOrder());
        this.size = size;
        this.mask = size - 1;
        this.sleeping = sleeping;
        this.sleepingOffset = sleepingOffset;
        this.epoll = epoll;
        this.event = event;
        this.events = arena.allocate((long) EVENT_BYTES * MAX_EVENTS, 8);
        this.one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
        this.cursor = (long) LONG.getAcquire(consumer, 0L);
        this.released = cursor;
        this.produced = cursor;
        this.cursorAtPause = cursor;
    }

    private static void add(Arena arena, int epoll, int fd, int interest) {
        MemorySegment entry = arena.allocate(EVENT_BYTES, 8);
        entry.set(ValueLayout.JAVA_INT, 0, interest);
        entry.set(ValueLayout.JAVA_INT, PACKED_EVENT ? 4 : 8, fd);
        checked("epoll_ctl", "fd " + fd, Libc.epoll_ctl(epoll, Libc.EPOLL_CTL_ADD, fd, entry.address()));
    }

    private static int checked(String function, String argument, int result) {
        if (result < 0) {
            throw new BpfException(function, argument, -result);
        }
        return result;
    }

    /**
     * Moves the cursor over the next complete record; discarded ones are passed over.
     *
     * @return the record's position, or −1 if none is complete (a record that is still being written stops the cursor,
     *         also if later ones are complete)
     */
    public long read() {
        long position = cursor;
        for (;;) {
            if (position >= produced) {
                produced = (long) LONG.getAcquire(producer, 0L);
                if (position >= produced) {
                    cursor = position;
                    return -1;
                }
            }
            int place = (int) (position & mask);
            int header = (int) INT.getAcquire(data, (long) place);
            if (header < 0) { // busy
                cursor = position;
                return -1;
            }
            int bytes = header & RingLayout.LENGTH_MASK;
            long next = position + RingLayout.stride(bytes);
            if ((header & RingLayout.DISCARD) == 0) {
                offset = place + RingLayout.HEADER_BYTES;
                length = bytes;
                cursor = next;
                return position;
            }
            position = next;
        }
    }

    /** Where the data of the record last read begins in {@link #buffer()} and {@link #data()}; a multiple of 8. */
    public int offset() {
        return offset;
    }

    /** Bytes of data of the record last read. */
    public int length() {
        return length;
    }

    /** The offset of the data of a record at {@code position}, which must still be held. */
    public int offset(long position) {
        return (int) (position & mask) + RingLayout.HEADER_BYTES;
    }

    /** The length of the data of a record at {@code position}, which must have been read and still be held. */
    public int length(long position) {
        return data.get(ValueLayout.JAVA_INT, position & mask) & RingLayout.LENGTH_MASK;
    }

    /** The whole data area, twice in a row, read-only. A record's bytes are stable until it is released. */
    public MemorySegment data() {
        return data;
    }

    /** The same as one direct, read-only buffer in native byte order. Its position and limit are the consumer's to use. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Gives everything before {@code position} back to the kernel. A store that the sending CPUs see: with small records
     * once for some 64 of them is cheaper than for each.
     *
     * @param position from {@link #read()} (that record is kept) or {@link #cursor()} (nothing is)
     * @throws IllegalArgumentException if it is behind what was released or beyond the cursor
     */
    public void release(long position) {
        if (position < released || position > cursor) {
            throw new IllegalArgumentException("release(" + position + ") with released=" + released + ", cursor=" + cursor);
        }
        if (position != released) {
            released = position;
            LONG.setRelease(consumer, 0L, position);
        }
    }

    /** Where the next record begins: the end of the record last read. */
    public long cursor() {
        return cursor;
    }

    /** The position up to which the kernel has its room back. */
    public long released() {
        return released;
    }

    /** Bytes read and not yet released, headers included. Other threads get a value of some moment. */
    public long heldBytes() {
        return Math.max(0, cursor - released);
    }

    /** Bytes the kernel counts as occupied: held, complete and busy ones. Other threads get a value of some moment. */
    public long backlogBytes() {
        return Math.max(0, (long) LONG.getAcquire(producer, 0L) - released);
    }

    /** The ring's size in bytes, a power of two. */
    public long size() {
        return size;
    }

    /**
     * The pause between two rounds: none after a round that moved more than an eighth of the ring; else 5 ms; after four
     * rounds without anything new, and if nothing is held, a sleep in epoll until a record or {@link #wakeup()} comes.
     *
     * @param atMostNanos the caller's own bound; 0 or less: do not pause
     */
    public void pause(long atMostNanos) {
        long moved = cursor - cursorAtPause;
        cursorAtPause = cursor;
        if (moved != 0) {
            emptyRounds = 0;
        } else if (emptyRounds < EMPTY_ROUNDS) {
            emptyRounds++;
        }
        if (woken) {
            woken = false;
            emptyRounds = 0;
            return;
        }
        if (atMostNanos <= 0 || moved > size >> 3) {
            return;
        }
        if (emptyRounds < EMPTY_ROUNDS || cursor != released || epoll < 0) {
            parked = Thread.currentThread();
            if (!woken) {
                LockSupport.parkNanos(this, Math.min(atMostNanos, pollNanos));
            }
            parked = null;
            woken = false;
            return;
        }
        sleep(Math.min(atMostNanos, SLEEP_NANOS));
    }

    private void sleep(long nanos) {
        boolean timedOut = false;
        inEpoll = true;
        INT.setVolatile(sleeping, sleepingOffset, 1); // with a full fence before the look at the producer
        try {
            VarHandle.fullFence();
            if (!woken && (long) LONG.getAcquire(producer, 0L) == cursor) {
                int result = Libc.epoll_wait(epoll, events.address(), MAX_EVENTS, (int) Math.max(1, nanos / 1_000_000));
                if (result < 0 && result != -Errno.EINTR) {
                    throw new BpfException("epoll_wait", "ring of " + size + " bytes", -result);
                }
                timedOut = result == 0;
            }
        } finally {
            INT.setVolatile(sleeping, sleepingOffset, 0);
            inEpoll = false;
            woken = false;
            if (timedOut && (long) LONG.getAcquire(producer, 0L) != cursor) {
                missedWakeups++;
                timedOut = false;
            }
            emptyRounds = timedOut ? EMPTY_ROUNDS : 0; // still nothing: back to sleep after one look
        }
    }

    /** Ends the consumer's pause, or lets its next one be none. Any thread; after {@link #close()} it does nothing. */
    public void wakeup() {
        woken = true;
        Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
        if (inEpoll) {
            synchronized (this) {
                if (!closed) {
                    Libc.write(event, one.address(), 8);
                }
            }
        }
    }

    /** Whether the consumer waits in epoll just now. Any thread. */
    public boolean isSleeping() {
        return inEpoll;
    }

    /**
     * Sleeps that ended by their time although a record had come: 0, unless a kernel program reads
     * {@code consumer_sleeping} before it reserves, or a processor did so for it. Any thread.
     */
    public long missedWakeups() {
        return missedWakeups;
    }

    /**
     * Unmaps. {@link #data()} and {@link #buffer()} throw from then on. Idempotent; not while another thread is in
     * {@link #read()} or {@link #pause}.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (epoll >= 0) {
            Libc.close(epoll);
        }
        if (event >= 0) {
            Libc.close(event);
        }
        arena.close();
    }
}
