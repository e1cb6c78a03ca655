package dev.netflight.sink.pcapng;

import dev.netflight.model.Counters;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Packet;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.FileSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes packets with their threads, operations and stacks as pcapng. The format is described in {@code docs/pcapng.md}.
 *
 * <p>A file is one section, and complete by itself: its header, an interface description before each interface's first packet,
 * the packets, and an interface statistics block for each interface at the end. All interfaces are Ethernet of the same snaplen,
 * because tcpdump and libpcap refuse a file in which they differ.
 */
public final class PcapngSink implements FileSink {
    /** Everything of a packet's block but its data and comments: the fixed fields and the options that follow. */
    private static final int PACKET_OVERHEAD = 128;
    /** An upper bound of what an interface's statistics take, and of its description. */
    private static final int STATISTICS_LENGTH = 1024;

    private final PcapngSettings settings;
    private final int snaplen;
    private final CommentEncoder comments;
    private final PcapngWriter writer;
    private CaptureAnchor anchor;

    private final Map<NetworkInterface, Device> devices = new HashMap<>();
    private final List<Device> inOrder = new ArrayList<>();
    private Device latest;
    private long packetsInFile;
    /** Of the files before this one: packets that are in them or were lost, and those that were lost. */
    private long matchedBefore;
    private long lostBefore;
    private boolean closed;

    /** An interface of the section. */
    private static final class Device {
        final NetworkInterface networkInterface;
        final int id;
        long newestNanos;
        long delivered;
        long lost;

        Device(NetworkInterface networkInterface, int id, long startNanos) {
            this.networkInterface = networkInterface;
            this.id = id;
            this.newestNanos = startNanos;
        }
    }

    private PcapngSink(PcapngWriter writer, PcapngSettings settings, CaptureAnchor anchor) throws IOException {
        this.writer = writer;
        this.settings = settings;
        this.anchor = anchor;
        this.snaplen = settings.snaplen() == 0 ? Pcapng.WHOLE_PACKET : settings.snaplen();
        this.comments = new CommentEncoder(settings.process());
        beginSection();
    }

    private void beginSection() throws IOException {
        writeSectionHeader();
        for (NetworkInterface known : settings.interfaces()) {
            describe(known);
        }
    }

    /**
     * Begins a capture file; an existing one is emptied. Only its owner may read it. What is known from the start can be
     * read when this returns.
     *
     * @throws IOException that names the file and the reason
     */
    public static PcapngSink create(Path file, PcapngSettings settings, CaptureAnchor anchor) throws IOException {
        return begin(PcapngWriter.create(file), settings, anchor);
    }

    /**
     * Begins a stream to a blocking channel, which {@link #close} closes.
     *
     * @param name what the channel is, for messages
     */
    public static PcapngSink stream(
            WritableByteChannel channel, String name, PcapngSettings settings, CaptureAnchor anchor) throws IOException {
        return begin(new PcapngWriter(channel, name), settings, anchor);
    }

    private static PcapngSink begin(PcapngWriter writer, PcapngSettings settings, CaptureAnchor anchor)
            throws IOException {
        try {
            var sink = new PcapngSink(writer, settings, anchor);
            sink.flush();
            return sink;
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return "pcapng";
    }

    @Override
    public void packet(Packet packet) throws IOException {
        Device device = device(packet.networkInterface);
        int captured = Math.min(packet.capturedLength, snaplen);
        ByteBuffer b = writer.begin(
                Pcapng.ENHANCED_PACKET_BLOCK, PACKET_OVERHEAD + packet.capturedLength + comments.measure(packet));

        b.putInt(device.id);
        PcapngWriter.time(b, nextTime(device, packet.monoNanos));
        b.putInt(captured).putInt(Math.max(captured, packet.originalLength));
        packet.copyData(b, b.position());
        b.position(b.position() + captured);
        PcapngWriter.pad(b);

        comments.write(packet, b);
        if (packet.direction != null) {
            PcapngWriter.option(b, Pcapng.EPB_FLAGS, switch (packet.direction) {
                case INBOUND -> Pcapng.FLAG_INBOUND;
                case OUTBOUND -> Pcapng.FLAG_OUTBOUND;
            });
        }
        int tid = comments.leadingTid();
        if (tid > 0) {
            b.putShort((short) Pcapng.EPB_PROCESSID_THREADID).putShort((short) (2 * Integer.BYTES));
            b.putInt(settings.process().pid()).putInt(tid);
        }
        PcapngWriter.option(b, Pcapng.EPB_PACKETID, packet.number);
        if (packet.lostBefore > 0) {
            PcapngWriter.option(b, Pcapng.EPB_DROPCOUNT, packet.lostBefore);
        }
        writer.endWithOptions();

        device.delivered++;
        device.lost += packet.lostBefore;
        latest = device;
        packetsInFile++;
    }

    @Override
    public long packetsInFile() {
        return packetsInFile;
    }

    @Override
    public long lengthWith(Packet packet) {
        // a packet may bring its interface with it
        return writer.length() + PACKET_OVERHEAD + packet.capturedLength + comments.measure(packet)
                + (inOrder.size() + 1L) * STATISTICS_LENGTH;
    }

    @Override
    public void turn(Path next, CaptureAnchor anchor, Counters counters) throws IOException {
        writeStatistics(counters, false);
        for (Device device : inOrder) {
            matchedBefore += device.delivered + device.lost;
            lostBefore += device.lost;
        }
        writer.turn(next);
        devices.clear();
        inOrder.clear();
        latest = null;
        packetsInFile = 0;
        this.anchor = anchor;
        beginSection();
        flush();
    }

    /** Times of one interface never go backwards: readers that compute differences rely on it. */
    private long nextTime(Device device, long monoNanos) {
        long nanos = Math.max(device.newestNanos, anchor.wallNanos(monoNanos));
        device.newestNanos = nanos;
        return nanos;
    }

    private Device device(NetworkInterface networkInterface) throws IOException {
        Device device = latest;
        if (device != null && device.networkInterface == networkInterface) {
            return device;
        }
        device = devices.get(networkInterface);
        return device != null ? device : describe(networkInterface);
    }

    @Override
    public void flush() throws IOException {
        if (inOrder.isEmpty()) {
            describe(new NetworkInterface(0, 0, "any", "stands for all interfaces until the first packet"));
        }
        writer.flush();
    }

    /**
     * Adds the interface statistics and closes the file. After a failed write the file is only closed: what it holds
     * stays readable.
     *
     * @param counters the final ones, or {@code null} where they are not known: then there are no statistics
     */
    @Override
    public void close(Counters counters) throws IOException {
        close(counters, true);
    }

    @Override
    public void closePart(Counters counters) throws IOException {
        close(counters, false);
    }

    private void close(Counters counters, boolean isWhole) throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (writer) {
            if (counters != null && !writer.failed()) {
                writeStatistics(counters, isWhole);
            }
        }
    }

    @Override
    public long bytesWritten() {
        return writer.written();
    }

    private void writeSectionHeader() throws IOException {
        byte[] hardware = CommentText.utf8(System.getProperty("os.arch"));
        byte[] system = CommentText.utf8(System.getProperty("os.name") + ' ' + System.getProperty("os.version"));
        byte[] application = CommentText.utf8(settings.application());
        ByteBuffer b = writer.begin(
                Pcapng.SECTION_HEADER_BLOCK, PACKET_OVERHEAD + hardware.length + system.length + application.length);
        b.putInt(Pcapng.BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
        // Section length: not known in advance, as the specification allows.
        b.putLong(-1);
        PcapngWriter.option(b, Pcapng.SHB_HARDWARE, hardware);
        PcapngWriter.option(b, Pcapng.SHB_OS, system);
        PcapngWriter.option(b, Pcapng.SHB_USERAPPL, application);
        writer.endWithOptions();
    }

    private Device describe(NetworkInterface networkInterface) throws IOException {
        byte[] name = CommentText.utf8(networkInterface.name());
        byte[] description = CommentText.utf8(networkInterface.description());
        byte[] filter = settings.filter() == null ? null : CommentText.utf8('\0' + settings.filter());
        byte[] comment = CommentText.utf8(
                "ifIndex: " + networkInterface.ifindex() + ", netNsInode: " + Integer.toUnsignedString(networkInterface.netns()));
        ByteBuffer b = writer.begin(
                Pcapng.INTERFACE_DESCRIPTION_BLOCK,
                PACKET_OVERHEAD + name.length + description.length + comment.length + (filter == null ? 0 : filter.length));
        b.putShort((short) Pcapng.LINKTYPE_ETHERNET).putShort((short) 0).putInt(snaplen);
        if (networkInterface.ifindex() > 0) {
            PcapngWriter.option(b, Pcapng.OPT_COMMENT, comment);
        }
        PcapngWriter.option(b, Pcapng.IF_NAME, name);
        PcapngWriter.option(b, Pcapng.IF_DESCRIPTION, description);
        // Nanoseconds.
        PcapngWriter.option(b, Pcapng.IF_TSRESOL, new byte[] {9});
        if (filter != null) {
            // The leading zero says: a libpcap filter expression.
            PcapngWriter.option(b, Pcapng.IF_FILTER, filter);
        }
        writer.endWithOptions();

        var device = new Device(networkInterface, inOrder.size(), anchor.wallNanos());
        devices.put(networkInterface, device);
        inOrder.add(device);
        return device;
    }

    /**
     * One block for each interface. The kernel counts losses for the capture, not for a device: a loss is booked where
     * the packet after it came, and what is left over where the last packet came, so that the sums are the capture's.
     *
     * @param isLast whether no further file follows, which would have what is left over
     */
    private void writeStatistics(Counters counters, boolean isLast) throws IOException {
        Device last = latest == null ? inOrder.getFirst() : latest;
        long lostAtEnd = counters.lost() - lostBefore;
        long matchedAtEnd = counters.matched() - matchedBefore;
        for (Device device : inOrder) {
            lostAtEnd -= device.lost;
            matchedAtEnd -= device.delivered + device.lost;
        }
        byte[] comment = CommentText.utf8(summary(counters, isLast));
        long endNanos = anchor.wallNanos(System.nanoTime());
        for (Device device : inOrder) {
            long lost = device.lost + (isLast && device == last ? Math.max(0, lostAtEnd) : 0);
            long matched = device.delivered + device.lost + (isLast && device == last ? Math.max(0, matchedAtEnd) : 0);
            long end = Math.max(endNanos, device.newestNanos);
            ByteBuffer b = writer.begin(Pcapng.INTERFACE_STATISTICS_BLOCK, PACKET_OVERHEAD + comment.length);
            b.putInt(device.id);
            PcapngWriter.time(b, end);
            PcapngWriter.option(b, Pcapng.OPT_COMMENT, comment);
            PcapngWriter.timeOption(b, Pcapng.ISB_STARTTIME, anchor.wallNanos());
            PcapngWriter.timeOption(b, Pcapng.ISB_ENDTIME, end);
            PcapngWriter.option(b, Pcapng.ISB_IFRECV, matched);
            if (lost == 0) {
                // Wireshark shows this one as "dropped packets". A 0 beside a loss would mislead, a copy of the loss
                // would count it twice.
                PcapngWriter.option(b, Pcapng.ISB_IFDROP, 0L);
            }
            PcapngWriter.option(b, Pcapng.ISB_FILTERACCEPT, matched);
            PcapngWriter.option(b, Pcapng.ISB_OSDROP, lost);
            PcapngWriter.option(b, Pcapng.ISB_USRDELIV, device.delivered);
            writer.endWithOptions();
        }
    }

    private static String summary(Counters counters, boolean isLast) {
        return "Netflight, " + (isLast ? "whole capture" : "capture a moment before this end of a file")
                + ": matched " + counters.matched() + ", emitted " + counters.emitted()
                + ", lost " + counters.lost() + ", dropped " + counters.dropped()
                + ", unattributed " + counters.unattributed()
                + "\nrecords lost " + counters.recordsLost() + ", recursion misses " + counters.recursionMisses()
                + ", operations " + counters.operations() + ", operations dropped " + counters.operationsDropped()
                + ", connections evicted " + counters.connectionsEvicted()
                + ", ranges evicted " + counters.rangesEvicted();
    }
}
