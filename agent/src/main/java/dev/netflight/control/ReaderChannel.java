package dev.netflight.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The way to a reader that listens on a Unix socket. A reader that takes its time holds up the capture thread, so that the ring
 * fills and the kernel counts what is lost; the end of a capture it holds up for a moment only. Capture thread, but for
 * {@link #giveUpSoon}.
 */
final class ReaderChannel implements WritableByteChannel {
    private static final long PAUSE_NANOS = 1_000_000;
    /** So long a reader that takes nothing is waited for once the capture ends. */
    private static final long LAST_PATIENCE_NANOS = 2_000_000_000;

    private final SocketChannel channel;
    private final ByteBuffer nothing = ByteBuffer.allocate(1);
    private volatile boolean ending;

    private ReaderChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException where nobody listens there, or this process may not connect */
    static ReaderChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            channel.configureBlocking(false);
            return new ReaderChannel(channel);
        } catch (IOException failure) {
            channel.close();
            throw failure;
        }
    }

    /** Any thread: the capture ends, and a reader that hangs must not keep it. */
    void giveUpSoon() {
        ending = true;
    }

    /** {@return whether the other side has closed} It has nothing to say to us, so what can be read is its end. */
    boolean isReaderGone() {
        try {
            return channel.read(nothing.clear()) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        long patience = LAST_PATIENCE_NANOS;
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) > 0) {
                patience = LAST_PATIENCE_NANOS;
                continue;
            }
            if (ending && (patience -= PAUSE_NANOS) <= 0) {
                throw new IOException("its reader takes nothing any more");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return length;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
