package dev.netflight.cli;

import dev.netflight.read.Block;
import dev.netflight.read.CaptureInterface;
import dev.netflight.read.CapturedPacket;
import dev.netflight.read.OtherBlock;
import dev.netflight.read.SectionHeader;
import dev.netflight.read.SelectionWriter;
import dev.netflight.sink.CaptureFile;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The file of {@code -w}, or one after the other: the next begins before a packet that finds the last one too long ({@code -C}) or
 * too old ({@code -G}), as in tcpdump. Each is a pcapng of its own, with the interfaces and secrets that came before.
 */
final class WrittenFiles implements Closeable {
    private static final int BUFFER = 1 << 16;
    private static final long SECOND = 1_000_000_000;
    /** What is repeated in each file is bounded, whatever comes. */
    private static final long LONGEST_PREAMBLE = 16 << 20;

    /**
     * When the next file begins.
     *
     * @param pattern the path of {@code -w}
     * @param bytes   {@code -C}; 0 for any length
     * @param seconds {@code -G}; 0 for any time
     * @param files   {@code -W}; 0 for any number
     */
    record Rotation(String pattern, long bytes, long seconds, int files) {
        /** Whether the number of files is the end, and not where it goes round. */
        boolean endsWithFiles() {
            return seconds > 0 && bytes == 0 && files > 0;
        }

        Path path(int slice, int number) {
            String name = seconds == 0 ? pattern : FileTime.format(pattern);
            if (bytes == 0) {
                return Path.of(name);
            }
            int round = files > 0 && seconds == 0 ? number % files : number;
            String digits = Integer.toString(round);
            return Path.of(files > 0 ? name + "0".repeat(Math.max(0, width(files - 1) - digits.length())) + digits
                    : name + (number == 0 ? "" : digits));
        }

        private static int width(int number) {
            return Integer.toString(number).length();
        }
    }

    private final Rotation rotation;
    private final LongSupplier clock;
    /** The first file until its first block comes: what an older one of that name holds is lost only then. */
    private SeekableByteChannel older;
    /** Blocks that each file begins with. */
    private final List<Block> preamble = new ArrayList<>();
    private long preambleLength;
    private Counting out;
    private SelectionWriter writer;
    /** By the clock: when the first block came, which for a live capture is long after its command. */
    private long begun;
    private boolean isBegun;
    private int slice;
    private int number;

    /** To standard output or another stream, which is one file without end. */
    WrittenFiles(OutputStream stream) {
        rotation = null;
        clock = null;
        out = new Counting(stream);
        writer = new SelectionWriter(out);
    }

    WrittenFiles(Rotation rotation) throws IOException {
        this(rotation, System::nanoTime);
    }

    /** @param clock in nanoseconds */
    WrittenFiles(Rotation rotation, LongSupplier clock) throws IOException {
        this.rotation = rotation;
        this.clock = clock;
        open();
    }

    private void open() throws IOException {
        older = create(rotation.path(slice, number));
        out = new Counting(new BufferedOutputStream(Channels.newOutputStream(older), BUFFER));
        writer = new SelectionWriter(out);
        isBegun = false;
        if (!preamble.isEmpty()) {
            emptyOlder();
        }
        for (Block block : preamble) {
            writer.write(block);
        }
    }

    /** What it will hold is somebody's traffic: a new file is its owner's alone. */
    private static SeekableByteChannel create(Path file) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            return Files.newByteChannel(file, options,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException refused) {
            throw CaptureFile.failure(file.toString(), refused);
        }
    }

    private void emptyOlder() throws IOException {
        if (older != null && older.size() > 0) {
            older.truncate(0);
        }
        older = null;
    }

    /**
     * Takes every block, of packets those that are wanted.
     *
     * @return whether it has room for more: a number of files may be the end
     */
    boolean write(Block block) throws IOException {
        emptyOlder();
        if (rotation != null) {
            if (!isBegun) {
                isBegun = true;
                begun = clock.getAsLong();
            }
            if (block instanceof CapturedPacket) {
                if (isDue() && !turn()) {
                    return false;
                }
            } else {
                remember(block);
            }
        }
        writer.write(block);
        return true;
    }

    private void remember(Block block) {
        int length = switch (block) {
            case SectionHeader section -> {
                preamble.clear();
                preambleLength = 0;
                yield section.raw() == null ? 0 : section.raw().length;
            }
            case CaptureInterface on -> on.raw() == null ? 0 : on.raw().length;
            case OtherBlock other -> other.raw().length;
            case CapturedPacket packet -> throw new IllegalArgumentException("a packet begins no file");
        };
        if (preambleLength + length <= LONGEST_PREAMBLE) {
            preambleLength += length;
            preamble.add(block);
        }
    }

    private boolean isDue() {
        return rotation.bytes > 0 && out.length > rotation.bytes || isOld();
    }

    private boolean isOld() {
        return rotation.seconds > 0 && clock.getAsLong() - begun >= rotation.seconds * SECOND;
    }

    private boolean turn() throws IOException {
        if (isOld()) {
            slice++;
            number = 0;
        } else {
            number++;
        }
        if (rotation.endsWithFiles() && slice >= rotation.files) {
            return false;
        }
        writer.close();
        open();
        isBegun = true;
        begun = clock.getAsLong();
        return true;
    }

    void flush() throws IOException {
        writer.flush();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    /** Knows how much was written. */
    private static final class Counting extends FilterOutputStream {
        private long length;

        Counting(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            length++;
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            out.write(bytes, offset, count);
            length += count;
        }
    }
}
