package dev.netflight.libbpf;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * Unpacks what zstd has packed (RFC 8878), by the system's {@code libzstd.so.1}: Java has no decoder of its own. Any number of frames,
 * one after the other. One thread.
 *
 * <pre>
 *  struct ZSTD_inBuffer, ZSTD_outBuffer (zstd.h)
 *  0         8      16     24
 *  +---------+------+------+
 *  | pointer | size | pos  |
 *  +---------+------+------+
 * </pre>
 */
public final class ZstdInputStream extends InputStream {
    /** The first four bytes of a frame, as a big-endian number. */
    public static final int MAGIC = 0x28b52ffd;

    private static final String LIBRARY = "libzstd.so.1";
    private static final int BUFFER = 1 << 17;
    private static final int SIZE = 8;
    private static final int POSITION = 16;
    private static final int BUFFER_LAYOUT = 24;

    private final InputStream packed;
    private final Arena arena = Arena.ofConfined();
    private final byte[] chunk = new byte[BUFFER];
    private final MemorySegment in = arena.allocate(BUFFER);
    private final MemorySegment out = arena.allocate(BUFFER);
    private final MemorySegment inBuffer = arena.allocate(BUFFER_LAYOUT, 8);
    private final MemorySegment outBuffer = arena.allocate(BUFFER_LAYOUT, 8);
    private final MemorySegment decompress;
    private final MemorySegment free;
    private final MemorySegment isError;
    private final MemorySegment errorName;
    private final long stream;
    private long given;
    /** What the library hints at: 0 at the end of a frame. */
    private long hint;
    private boolean closed;

    /**
     * @param packed closed with this
     * @throws IOException where the system has no such library
     */
    public ZstdInputStream(InputStream packed) throws IOException {
        this.packed = packed;
        SymbolLookup library;
        try {
            library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException missing) {
            throw new IOException("this system has no " + LIBRARY, missing);
        }
        decompress = function(library, "ZSTD_decompressStream");
        free = function(library, "ZSTD_freeDStream");
        isError = function(library, "ZSTD_isError");
        errorName = function(library, "ZSTD_getErrorName");
        stream = NativeCall.pointerResult(function(library, "ZSTD_createDStream"), 0, 0, 0, 0, 0, 0);
        if (stream < 0) {
            throw new IOException("ZSTD_createDStream failed with " + Errno.describe((int) -stream));
        }
        inBuffer.set(ValueLayout.JAVA_LONG, 0, in.address());
        outBuffer.set(ValueLayout.JAVA_LONG, 0, out.address());
    }

    private static MemorySegment function(SymbolLookup library, String name) throws IOException {
        return NativeCall.global(library.find(name).orElseThrow(() -> new IOException(LIBRARY + " has no function " + name)));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (given == outBuffer.get(ValueLayout.JAVA_LONG, POSITION)) {
            if (!fill()) {
                return -1;
            }
        }
        int n = (int) Math.min(length, outBuffer.get(ValueLayout.JAVA_LONG, POSITION) - given);
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, given, bytes, offset, n);
        given += n;
        return n;
    }

    /** @return {@code false} at the end */
    private boolean fill() throws IOException {
        boolean wasFull = outBuffer.get(ValueLayout.JAVA_LONG, POSITION) == BUFFER;
        if (inBuffer.get(ValueLayout.JAVA_LONG, POSITION) == inBuffer.get(ValueLayout.JAVA_LONG, SIZE) && !wasFull) {
            int n = packed.read(chunk);
            if (n < 0) {
                if (hint != 0) {
                    throw new java.io.EOFException("the last frame is not whole");
                }
                return false;
            }
            MemorySegment.copy(chunk, 0, in, ValueLayout.JAVA_BYTE, 0, n);
            inBuffer.set(ValueLayout.JAVA_LONG, SIZE, n);
            inBuffer.set(ValueLayout.JAVA_LONG, POSITION, 0);
        }
        outBuffer.set(ValueLayout.JAVA_LONG, SIZE, BUFFER);
        outBuffer.set(ValueLayout.JAVA_LONG, POSITION, 0);
        given = 0;
        long taken = inBuffer.get(ValueLayout.JAVA_LONG, POSITION);
        long result = call(decompress, stream, outBuffer.address(), inBuffer.address());
        if ((int) call(isError, result, 0, 0) != 0) {
            throw new java.util.zip.ZipException("zstd says: " + Libbpf.string(call(errorName, result, 0, 0)));
        }
        if (inBuffer.get(ValueLayout.JAVA_LONG, POSITION) != taken || outBuffer.get(ValueLayout.JAVA_LONG, POSITION) > 0) {
            hint = result; // of nothing it hints at the next frame, which need not be there
        }
        return true;
    }

    private static long call(MemorySegment function, long a, long b, long c) {
        return NativeCall.call(function, NativeCall.captureOfThread(), a, b, c, 0, 0, 0);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            call(free, stream, 0, 0);
            arena.close();
        }
        packed.close();
    }
}
