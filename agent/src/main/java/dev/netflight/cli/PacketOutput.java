package dev.netflight.cli;

import dev.netflight.libbpf.PcapException;
import dev.netflight.read.Block;
import dev.netflight.read.CaptureInterface;
import dev.netflight.read.CapturedPacket;
import dev.netflight.read.SelectionWriter;
import dev.netflight.text.JavaContext;
import dev.netflight.text.PacketText;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/** Where the selected packets of a capture go: lines, a file, a summary, or only a number. */
final class PacketOutput implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final String STANDARD_OUTPUT = "-";
    private static final JavaContext NO_CONTEXT = JavaContext.of(List.of());

    private final PacketFlags flags;
    private final Selection selection;
    private final PacketText printer;
    private final Summary summary;
    private final SelectionWriter writer;
    private final OutputStream out;
    private final boolean prints;
    private final boolean lineBuffered;
    private final boolean packetBuffered;
    private final boolean needsContext;
    private final long wanted;
    private final StringBuilder text = new StringBuilder(512);
    private long packets;

    /** @param live whether packets come as they are captured, so that none may wait in a buffer */
    PacketOutput(PacketFlags flags, String expression, boolean live) throws IOException {
        this.flags = flags;
        this.selection = new Selection(expression, flags);
        this.wanted = flags.count();
        this.summary = flags.summary() == null ? null : new Summary(flags.summary());
        String file = flags.value("-w");
        this.prints = (file == null || flags.has("--print")) && summary == null && !flags.has("--count");
        if (STANDARD_OUTPUT.equals(file) && (prints || summary != null || flags.has("--count"))) {
            throw flags.wrong("-w - writes packets to standard output, where no text can go as well.");
        }
        this.printer = new PacketText(flags.text());
        OutputStream standard = new FileOutputStream(FileDescriptor.out);
        this.out = new BufferedOutputStream(standard, BUFFER);
        this.writer = file == null ? null : new SelectionWriter(
                STANDARD_OUTPUT.equals(file) ? out : new BufferedOutputStream(create(Path.of(file)), BUFFER));
        this.lineBuffered = live || flags.has("-l");
        this.packetBuffered = live || flags.has("-U");
        this.needsContext = prints || summary != null || flags.value("--thread") != null || flags.value("--frame") != null;
    }

    /** What it will hold is somebody's traffic: a new file is its owner's alone. */
    private static OutputStream create(Path file) throws IOException {
        Set<OpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        return Channels.newOutputStream(Files.newByteChannel(file, options,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    }

    /**
     * Takes the next block.
     *
     * @return whether more are wanted
     * @throws PcapException where the expression is none
     * @throws IOException   where the output takes nothing more
     */
    boolean accept(Block block) throws IOException, PcapException {
        if (block instanceof CaptureInterface on && selection.hasExpression()) {
            // a wrong expression is told before the first packet
            selection.filter(on.linkType());
            if (flags.has("-d")) {
                out.write(selection.filter(on.linkType()).listing().getBytes(StandardCharsets.UTF_8));
                return false;
            }
        }
        if (block instanceof CapturedPacket packet) {
            return packet(packet);
        }
        if (writer != null) {
            writer.write(block);
        }
        return true;
    }

    private boolean packet(CapturedPacket packet) throws IOException, PcapException {
        JavaContext context = needsContext && !packet.comments().isEmpty() ? JavaContext.of(packet.comments()) : NO_CONTEXT;
        if (!selection.accepts(packet, context)) {
            return true;
        }
        packets++;
        if (writer != null) {
            writer.write(packet);
            if (packetBuffered) {
                writer.flush();
            }
        }
        if (summary != null) {
            summary.add(packet, context);
        }
        if (prints) {
            text.setLength(0);
            printer.print(packet, context, text);
            out.write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
            if (lineBuffered) {
                out.flush();
            }
        }
        return packets < wanted;
    }

    /** {@return packets that were selected} */
    long packets() {
        return packets;
    }

    /** Says what is to be said at the end, and writes everything out. */
    void finish() throws IOException {
        if (summary != null) {
            out.write(summary.table().getBytes(StandardCharsets.UTF_8));
        }
        if (flags.has("--count")) {
            out.write((packets + (packets == 1 ? " packet\n" : " packets\n")).getBytes(StandardCharsets.UTF_8));
        }
        if (writer != null) {
            writer.flush();
        }
        out.flush();
    }

    @Override
    public void close() throws IOException {
        selection.close();
        if (writer != null) {
            writer.close();
        }
        out.flush();
    }
}
