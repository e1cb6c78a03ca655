package dev.netflight.libbpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** A named pipe that packets go into, held open for writing so that it can be opened without a wait for its reader. */
public final class NamedPipe implements AutoCloseable {
    /** Of {@code st_mode}; inode(7). */
    private static final int TYPE = 0xf000;
    private static final int FIFO = 0x1000;

    private static final int NONE = -1;

    private final int descriptor;

    private NamedPipe(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Holds {@code file} if it is a pipe; of any other nothing is held.
     *
     * @throws IOException where nobody reads it, or it is full: who wrote to it then, such as an application that starts, would hang
     */
    public static NamedPipe hold(Path file) throws IOException {
        if (!isPipe(file)) {
            return new NamedPipe(NONE);
        }
        int descriptor = Libc.open(file.toString(), Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (descriptor < 0 && descriptor != -Errno.ENXIO) {
            return new NamedPipe(NONE); // who opens it is told why it cannot be
        }
        if (descriptor < 0) {
            throw new IOException("cannot write " + file + ": it is a pipe that nobody reads; start its reader first");
        }
        NamedPipe pipe = new NamedPipe(descriptor);
        if (!pipe.hasRoom()) {
            pipe.close();
            throw new IOException("cannot write " + file + ": it is a pipe that is full, and its reader takes nothing");
        }
        return pipe;
    }

    private boolean hasRoom() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wait = arena.allocate(Libc.POLLFD_SIZE, Integer.BYTES);
            wait.set(ValueLayout.JAVA_INT, 0, descriptor);
            wait.set(ValueLayout.JAVA_INT, Integer.BYTES, Libc.POLLOUT);
            return Libc.poll(wait.address(), 1, 0) == 1;
        }
    }

    private static boolean isPipe(Path file) {
        try {
            return Files.exists(file, LinkOption.NOFOLLOW_LINKS) && ((int) Files.getAttribute(file, "unix:mode") & TYPE) == FIFO;
        } catch (IOException | RuntimeException unknown) {
            return false; // what is wrong with it is told where it is opened
        }
    }

    @Override
    public void close() {
        if (descriptor != NONE) {
            Libc.close(descriptor);
        }
    }
}
