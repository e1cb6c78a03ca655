package dev.netflight.control;

import dev.netflight.libbpf.Libc;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps a growing capture file out of the page cache, so that it does not push the application's own files out of
 * memory: what has been written is sent on its way to the disk soon, and its pages are given back when it is there. They
 * are then used again for what comes next, which is cheaper than new ones.
 *
 * <p>Nothing waits for the disk here. Where the kernel takes no advice (a pipe, memory file systems) nothing happens.
 */
final class WriteBehind implements AutoCloseable {
    private int fd;
    /** What had been written when the file began. */
    private long begin;
    /** Written before the call before, and before the last one: the disk has had some time for the former. */
    private long older;
    private long newer;

    /** @param file of any kind; {@code null} for none */
    WriteBehind(Path file) {
        fd = open(file);
    }

    private static int open(Path file) {
        return file != null && Files.isRegularFile(file) ? Libc.open(file.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC) : -1;
    }

    /** Goes on with another file. @param total what has been written to those before it */
    void follow(Path file, long total) {
        close();
        fd = open(file);
        begin = total;
        older = 0;
        newer = 0;
    }

    /** Says how much has been written to all files. To be called some ten times a second. */
    void written(long total) {
        long length = total - begin;
        if (fd < 0 || length == newer) {
            return;
        }
        Libc.posix_fadvise(fd, older, length - older, Libc.POSIX_FADV_DONTNEED);
        older = newer;
        newer = length;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            Libc.close(fd);
        }
    }
}
