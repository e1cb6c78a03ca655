package dev.netflight.cli;

import dev.netflight.libbpf.PcapException;
import dev.netflight.read.Block;
import dev.netflight.read.CaptureInterface;
import dev.netflight.read.CapturedPacket;
import dev.netflight.read.OtherBlock;
import dev.netflight.text.JavaContext;
import dev.netflight.text.PacketText;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where the selected packets of a capture go: lines, a file, a summary, or only a number. */
final class PacketOutput implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final String STANDARD_OUTPUT = "-";
    private static final JavaContext NO_CONTEXT = JavaContext.of(List.of());

    private final PacketFlags flags;
    private final Selection selection;
    private final PacketText printer;
    private final Summary summary;
    private final WrittenFiles writer;
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
        WrittenFiles.Rotation rotation = flags.rotation();
        this.writer = file == null ? null : STANDARD_OUTPUT.equals(file) ? new WrittenFiles(out) : new WrittenFiles(rotation);
        this.lineBuffered = live || flags.has("-l");
        this.packetBuffered = live || flags.has("-U");
        this.needsContext = prints || summary != null || flags.value("--thread") != null || flags.value("--frame") != null;
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
        if (block instanceof OtherBlock other) {
            printer.learn(other);
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
        if (writer != null && !writer.write(packet)) {
            return false;
        }
        packets++;
        if (writer != null) {
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
