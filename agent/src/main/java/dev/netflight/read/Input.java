package dev.netflight.read;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** The bytes of a capture with their position. What has come is given at once: it may be a stream that goes on for hours. */
final class Input implements Closeable {
    private static final int GZIP = 0x1f8b;
    private static final int ZSTD = 0x28b52ffd;
    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private long position;

    private Input(InputStream in) {
        this.in = in;
    }

    /** Looks at the first bytes; what gzip has packed is unpacked. */
    static Input open(InputStream stream) throws IOException {
        try {
            return unpacked(stream);
        } catch (EOFException | ZipException damaged) {
            throw damaged(0, damaged);
        }
    }

    private static CaptureFormatException damaged(long position, IOException how) {
        return new CaptureFormatException("the compressed data is damaged or cut off after " + position + " unpacked bytes: "
                + how.getMessage());
    }

    private static Input unpacked(InputStream stream) throws IOException {
        var buffered = new BufferedInputStream(stream, BUFFER);
        buffered.mark(4);
        byte[] start = buffered.readNBytes(4);
        buffered.reset();
        if (start.length >= 2 && ((start[0] & 0xff) << 8 | start[1] & 0xff) == GZIP) {
            return new Input(new BufferedInputStream(new GZIPInputStream(buffered, BUFFER), BUFFER));
        }
        if (start.length == 4 && int32(start) == ZSTD) {
            throw new CaptureFormatException("it is packed by zstd, within something else: unpack it on the way");
        }
        return new Input(buffered);
    }

    private static int int32(byte[] b) {
        return (b[0] & 0xff) << 24 | (b[1] & 0xff) << 16 | (b[2] & 0xff) << 8 | b[3] & 0xff;
    }

    /** {@return bytes given so far, unpacked} */
    long position() {
        return position;
    }

    /**
     * Fills {@code bytes} from {@code offset} on.
     *
     * @param what is being read, for the message
     * @return {@code false} where the end came before the first byte
     * @throws CaptureFormatException where it came later
     */
    boolean fill(byte[] bytes, int offset, int length, String what) throws IOException {
        long begin = position;
        int read;
        try {
            read = in.readNBytes(bytes, offset, length);
        } catch (EOFException | ZipException damaged) {
            throw damaged(position, damaged);
        }
        position += read;
        if (read == 0 && length > 0) {
            return false;
        }
        if (read < length) {
            throw cutOff(what, begin);
        }
        return true;
    }

    /** The same where the end may not come. */
    void need(byte[] bytes, int offset, int length, String what) throws IOException {
        if (!fill(bytes, offset, length, what) && length > 0) {
            throw cutOff(what, position);
        }
    }

    void skip(long length, String what) throws IOException {
        byte[] buffer = new byte[(int) Math.min(length, BUFFER)];
        for (long left = length; left > 0;) {
            int part = (int) Math.min(left, buffer.length);
            need(buffer, 0, part, what);
            left -= part;
        }
    }

    private CaptureFormatException cutOff(String what, long begin) {
        return new CaptureFormatException("it ends at byte " + position + ", within " + what + " that begins at byte " + begin
                + ": the file was cut off, or is still being written");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
