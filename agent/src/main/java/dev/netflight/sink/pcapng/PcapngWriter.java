package dev.netflight.sink.pcapng;

import dev.netflight.sink.CaptureFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Writes blocks of draft-ietf-opsawg-pcapng, little-endian, whole.
 *
 * <p>A block is built in a buffer outside the heap and counts only from {@link #end} on; what goes to the channel is
 * always a run of complete blocks. The kernel has them after {@link #flush}, so they outlive the process. Where a write
 * fails half way, the file is cut back to its last complete block. Not thread-safe.
 */
final class PcapngWriter implements Closeable {
    private static final int BUFFER_SIZE = 1 << 20;
    private static final int NO_BLOCK = -1;

    private WritableByteChannel out;
    private String name;
    private ByteBuffer buffer = allocate(BUFFER_SIZE);
    private int blockStart = NO_BLOCK;
    /** In this file, and in those before it. */
    private long written;
    private long before;
    private boolean failed;

    /**
     * @param out  a blocking channel; closed by {@link #close}
     * @param name what {@code out} is, for messages
     */
    PcapngWriter(WritableByteChannel out, String name) {
        this.out = out;
        this.name = name;
    }

    /** Creates or empties {@code file}. @throws IOException that names the file and the reason */
    static PcapngWriter create(Path file) throws IOException {
        return new PcapngWriter(CaptureFile.create(file), file.toString());
    }

    /** Writes out what is complete, closes the channel, and goes on in another file. */
    void turn(Path next) throws IOException {
        flush();
        out.close();
        before += written;
        written = 0;
        name = next.toString();
        out = CaptureFile.create(next);
    }

    /**
     * Begins a block and returns the buffer, positioned at its body. The block must be completed by {@link #end}, and
     * nothing else of this writer be called before.
     *
     * @param longest an upper bound of the block's length, both lengths and padding included
     * @throws IOException if blocks before it had to be written out, and could not
     */
    ByteBuffer begin(int type, int longest) throws IOException {
        forgetUnfinished();
        if (longest > buffer.remaining()) {
            flush();
            if (longest > buffer.capacity()) {
                // A packet with thousands of operations. Kept from now on: it will not be the last of its kind.
                buffer = allocate(Integer.highestOneBit(longest) << 1);
            }
        }
        ByteBuffer b = buffer;
        blockStart = b.position();
        b.putInt(type).putInt(0);
        return b;
    }

    /** Completes the block begun last: pads it and writes both lengths. */
    void end() {
        ByteBuffer b = buffer;
        pad(b);
        int length = b.position() + Integer.BYTES - blockStart;
        b.putInt(length).putInt(blockStart + Integer.BYTES, length);
        blockStart = NO_BLOCK;
    }

    /** Completes the block begun last, of which options were written. */
    void endWithOptions() {
        buffer.putInt(Pcapng.OPT_ENDOFOPT);
        end();
    }

    /**
     * Writes out all complete blocks.
     *
     * @throws IOException that names the file and the reason; after it the writer takes nothing more
     */
    void flush() throws IOException {
        if (failed) {
            throw new IOException("cannot write " + name + ": an earlier write failed");
        }
        forgetUnfinished();
        ByteBuffer b = buffer;
        if (b.position() == 0) {
            return;
        }
        b.flip();
        try {
            while (b.hasRemaining()) {
                out.write(b);
            }
        } catch (IOException e) {
            failed = true;
            cutToWholeBlock(b, e);
            throw CaptureFile.failure(name, e);
        }
        written += b.limit();
        b.clear();
    }

    /** An exception between {@link #begin} and {@link #end} leaves nothing in the file. */
    private void forgetUnfinished() {
        if (blockStart != NO_BLOCK) {
            buffer.position(blockStart);
            blockStart = NO_BLOCK;
        }
    }

    /** Takes back what a failed write left of a block. A pipe or socket cannot be cut; its reader sees the end. */
    private void cutToWholeBlock(ByteBuffer b, IOException failure) {
        int whole = 0;
        int next = b.getInt(Integer.BYTES);
        while (next <= b.position()) {
            whole = next;
            next += b.getInt(whole + Integer.BYTES);
        }
        written += whole;
        if (out instanceof FileChannel file && whole < b.position()) {
            try {
                file.truncate(written);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    /** {@return bytes in all files, complete blocks only} */
    long written() {
        return before + written;
    }

    /** {@return bytes of the file, those counted that are not written out yet} */
    long length() {
        return written + buffer.position();
    }

    boolean failed() {
        return failed;
    }

    /** Writes out what is complete, unless a write failed before, and closes the channel. Idempotent. */
    @Override
    public void close() throws IOException {
        if (!out.isOpen()) {
            return;
        }
        try {
            if (!failed) {
                flush();
            }
        } finally {
            out.close();
        }
    }

    /** Appends an option with an encoded value, padded. {@code value} longer than an option can be is cut. */
    static void option(ByteBuffer b, int code, byte[] value) {
        int length = Math.min(value.length, Pcapng.LONGEST_OPTION);
        b.putShort((short) code).putShort((short) length).put(value, 0, length);
        pad(b);
    }

    /** Appends a text option; nothing where {@code text} is {@code null}. */
    static void option(ByteBuffer b, int code, String text) {
        if (text != null) {
            option(b, code, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    static void option(ByteBuffer b, int code, int value) {
        b.putShort((short) code).putShort((short) Integer.BYTES).putInt(value);
    }

    static void option(ByteBuffer b, int code, long value) {
        b.putShort((short) code).putShort((short) Long.BYTES).putLong(value);
    }

    /** Appends a time as blocks and options of time have it: the upper 32 bits first, whatever the byte order. */
    static void time(ByteBuffer b, long nanos) {
        b.putInt((int) (nanos >>> 32)).putInt((int) nanos);
    }

    static void timeOption(ByteBuffer b, int code, long nanos) {
        b.putShort((short) code).putShort((short) Long.BYTES);
        time(b, nanos);
    }

    /** Fills up to the next 32-bit boundary with zeros; blocks always begin on one. */
    static void pad(ByteBuffer b) {
        for (int missing = -b.position() & 3; missing > 0; missing--) {
            b.put((byte) 0);
        }
    }

    private static ByteBuffer allocate(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
