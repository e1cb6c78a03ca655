package dev.netflight.kernel;

import dev.netflight.filter.PacketFilter;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.Libc;
import dev.netflight.libbpf.ProgramCalls;
import dev.netflight.model.Connection;
import dev.netflight.model.TroubleKind;
import dev.netflight.model.Wants;
import dev.netflight.ring.RingBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel programs of one capture, as user space works with them. {@link #attach} makes them see; {@link #close} detaches and
 * frees everything, as the kernel does by itself when the process dies.
 */
public final class CaptureProgram implements AutoCloseable {
    /** {@code MAX_SLOTS} and {@code MAX_CPUS} of netflight.h. */
    public static final int SLOTS = 4096;
    private static final int CPUS = 512;
    /** IP protocol number. */
    private static final int TCP = 6;

    private static final long SLOTS_LENGTH = SLOTS * 128L;
    /** mmap(2), Linux, all architectures that have BPF. */
    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;

    private static final int COUNTERS_SIZE = 64;
    private static final int MATCHED = 0;
    private static final int LOST = 8;
    private static final int RECORDS_LOST = 16;
    private static final int CONNECTIONS_REFUSED = 24;
    private static final int PROCESSES_REFUSED = 32;

    /** {@code reader.wanted}. */
    private static final int WANTED = 4;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /**
     * What is fixed before the programs are loaded.
     *
     * @param snaplen    bytes kept of each packet; 0 for all
     * @param inbound    whether packets that arrive are captured
     * @param outbound   whether packets that leave are captured
     * @param interfaces names of devices, at most 8; empty for all
     * @param ringBytes  size of the ring, a power of two and a multiple of the page size
     * @param filter     what a packet must be to be matched; {@code null} for all
     */
    public record Setup(int snaplen, boolean inbound, boolean outbound, List<String> interfaces, int ringBytes,
            PacketFilter filter) {
        /** More than any packet has. */
        static final int WHOLE = 1 << 20;

        byte[] toBytes(boolean wholePackets) {
            ByteBuffer config = ByteBuffer.allocate(8 * 16 + 16).order(ByteOrder.nativeOrder());
            for (int i = 0; i < interfaces.size(); i++) {
                config.put(16 * i, interfaces.get(i).getBytes(StandardCharsets.UTF_8));
            }
            config.position(8 * 16);
            config.putInt(interfaces.size());
            config.putInt(snaplen == 0 ? WHOLE : snaplen);
            config.putInt((inbound ? 1 : 0) | (outbound ? 2 : 0));
            config.putInt(wholePackets ? 1 : 0);
            return config.array();
        }
    }

    private final KernelPrograms programs;
    private final Arena arena = Arena.ofShared();
    private final long slotsAddress;
    private final MemorySegment counters;
    private final MemorySegment reader;
    private final RingBuffer ring;
    private final ThreadRuns threads;
    private final CallHooks calls;
    private final ProgramCalls forget;
    private final ProgramCalls sweep;
    private final List<BpfLink> links = new ArrayList<>();
    private boolean closed;

    /**
     * Makes ready what is loaded, attached to nothing yet.
     *
     * @param programs closed with this, also where this fails
     */
    public static CaptureProgram of(KernelPrograms programs) {
        try {
            return new CaptureProgram(programs);
        } catch (RuntimeException | Error failure) {
            programs.close();
            throw failure;
        }
    }

    private CaptureProgram(KernelPrograms programs) {
        this.programs = programs;
        RingBuffer opened = null;
        slotsAddress = mapSlots(programs.map("slots"));
        try {
            counters = programs.map("counters").map(arena, false);
            reader = programs.map(".data.reader").map(arena, true);
            opened = RingBuffer.open(programs.map("records"), reader, 0);
            ring = opened;
            threads = new ThreadRuns(programs);
            forget = programs.calls("forget_connection", 7 * 8, 1);
            sweep = programs.calls("sweep_datagrams", 8, 1);
            threads.followProcess();
            calls = new CallHooks(programs, reader, threads);
        } catch (RuntimeException | Error failure) {
            if (opened != null) {
                opened.close();
            }
            arena.close();
            unmapSlots();
            throw failure;
        }
    }

    /**
     * Attaches the hooks; from its return on packets and operations are seen. Those that tell of calls sleep where they can
     * ({@link CallHooks}).
     */
    public void attach() {
        links.addAll(calls.attachOthers());
    }

    /** The hooks that tell of calls. */
    public CallHooks calls() {
        return calls;
    }

    /** What is not captured though the capture runs: a sentence, or {@code null}. */
    public String trouble() {
        return calls.trouble() != null ? calls.trouble() : programs.trouble();
    }

    /** Who has loaded the programs, in words; empty for this process. */
    public String loader() {
        return programs.loader();
    }

    public KernelFeatures features() {
        return programs.features();
    }

    /** The ring that the programs fill; its consumer is the capture thread. */
    public RingBuffer ring() {
        return ring;
    }

    /** Address of the first of {@link #SLOTS} thread slots of 128 bytes; memory for as long as the JVM lives. */
    public long slotsAddress() {
        return slotsAddress;
    }

    /** What an application's thread asks of the programs. */
    public ThreadRuns threads() {
        return threads;
    }

    /** Packets that a program found to be of this capture. */
    public long matched() {
        return sum(MATCHED);
    }

    /** Packets that found the ring full. */
    public long lost() {
        return sum(LOST);
    }

    /** Other records that found the ring full. */
    public long recordsLost() {
        return sum(RECORDS_LOST);
    }

    /** Connections for which the table of tuples had no room: their packets are not captured. */
    public long connectionsRefused() {
        return sum(CONNECTIONS_REFUSED);
    }

    /** Processes of the scope that found their table full: they are not followed. */
    public long processesRefused() {
        return sum(PROCESSES_REFUSED);
    }

    /** Names of the control groups of this process. Before {@link #close}. */
    public ControlGroups controlGroups() {
        return ControlGroups.find(programs);
    }

    /** The JVM's process id as the initial PID namespace counts. */
    public int tgid() {
        return threads.tgid();
    }

    /** How deep the JVM's control group of version 2 lies; 0 for the root, in which every process is. */
    public int controlGroupLevel() {
        return threads.controlGroupLevel();
    }

    /** Runs that the kernel skipped; a system call for each program. 0 once closed. */
    public synchronized long recursionMisses() {
        return closed || links.isEmpty() ? 0 : programs.recursionMisses();
    }

    private long sum(int offset) {
        long sum = 0;
        for (int cpu = 0; cpu < CPUS; cpu++) {
            sum += (long) LONG.getOpaque(counters, (long) cpu * COUNTERS_SIZE + offset);
        }
        return sum;
    }

    /** Takes a connection that has ended out of the programs' table. Capture thread only. */
    public void forget(Connection connection) {
        InetAddress local = connection.localAddress;
        InetAddress remote = connection.remoteAddress;
        if (local == null || remote == null || connection.protocol != TCP) {
            return;
        }
        MemorySegment arguments = forget.context(0);
        putAddress(arguments, 0, local);
        putAddress(arguments, 16, remote);
        arguments.set(ValueLayout.JAVA_LONG, 32, connection.localPort | (long) connection.remotePort << 16);
        arguments.set(ValueLayout.JAVA_LONG, 40, Integer.toUnsignedLong(connection.netns));
        arguments.set(ValueLayout.JAVA_LONG, 48, connection.id);
        forget.run(0);
    }

    /** Has the programs forget UDP sockets that were closed, each with a record. Capture thread only. */
    public void sweepDatagrams() {
        sweep.run(0, 0);
    }

    private static void putAddress(MemorySegment target, long offset, InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            target.set(ValueLayout.JAVA_LONG, offset, 0);
            target.set(ValueLayout.JAVA_SHORT, offset + 8, (short) 0);
            target.set(ValueLayout.JAVA_SHORT, offset + 10, (short) 0xffff);
        }
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, offset + 16 - bytes.length, bytes.length);
    }

    /** Says what the programs tell beside packets from now on; at first nothing. Any thread. Does nothing once closed. */
    public synchronized void want(Wants wants) {
        if (closed) {
            return;
        }
        int wanted = wants.connections() ? 8 : 0;
        if (wants.connections() || wants.datagrams()) {
            calls.wake();
        }
        for (TroubleKind kind : wants.troubles()) {
            wanted |= switch (kind) {
                case RETRANSMISSION -> 1;
                case RESET -> 2;
                case DROP -> 4;
            };
        }
        reader.set(ValueLayout.JAVA_INT, WANTED, wanted);
    }

    /** Stops the programs; what they have put into the ring can still be read. Idempotent. */
    public void detach() {
        calls.detach();
        programs.detach();
        for (int i = links.size() - 1; i >= 0; i--) {
            links.get(i).close();
        }
    }

    private static long mapSlots(BpfMap slots) {
        long address = Libc.mmap(0, SLOTS_LENGTH, Libc.PROT_READ | Libc.PROT_WRITE, MAP_SHARED, slots.fd(), 0);
        if (address < 0) {
            throw new BpfException("mmap", "map slots", (int) -address);
        }
        return address;
    }

    /**
     * Lets go of the kernel's map, and leaves memory in its place: a thread that was stopped inside a hook will write to
     * its slot when it goes on. Untouched anonymous pages take no room.
     */
    private void unmapSlots() {
        Libc.mmap(slotsAddress, SLOTS_LENGTH, Libc.PROT_READ | Libc.PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }

    /** Detaches and frees everything. Nobody may use ring, slots or threads any more. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        detach();
        threads.close();
        forget.close();
        sweep.close();
        ring.close();
        programs.close();
        unmapSlots();
        arena.close();
    }
}
