package dev.netflight.libbpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A listening Unix socket in a folder of another process, made with no more rights to files than that process's user has: the
 * folder's owner may do with it what he likes, and root must not be led astray by a link. The socket is of mode 0600 and that
 * user's.
 *
 * <p>Made and closed by one thread; {@link #interrupt} may be called by any.
 */
public final class DescriptorServer implements AutoCloseable {
    private static final int O_DIRECTORY = "aarch64".equals(System.getProperty("os.arch")) ? 0x4000 : 0x10000;
    private static final int O_NOFOLLOW = "aarch64".equals(System.getProperty("os.arch")) ? 0x8000 : 0x20000;
    private static final int OWNER_ONLY = 0600;
    private static final int BACKLOG = 8;

    private static final MemorySegment BIND = NativeCall.libc("bind");
    private static final MemorySegment LISTEN = NativeCall.libc("listen");
    private static final MemorySegment ACCEPT4 = NativeCall.libc("accept4");
    private static final MemorySegment FCHMOD = NativeCall.libc("fchmod");
    private static final MemorySegment UNLINKAT = NativeCall.libc("unlinkat");

    private final int folder;
    private final String name;
    private final int uid;
    private final int gid;
    private final int fd;
    private boolean closed;

    private DescriptorServer(int folder, String name, int uid, int gid, int fd) {
        this.folder = folder;
        this.name = name;
        this.uid = uid;
        this.gid = gid;
        this.fd = fd;
    }

    /**
     * @param folder    its last part is not followed where it is a link, unless {@code isTrusted}
     * @param isTrusted whether it is of our own file system
     * @param name      of the socket in it, which must not be there
     * @param uid       the user with whose rights it is made
     * @param gid       and the group
     */
    public static DescriptorServer listen(String folder, boolean isTrusted, String name, int uid, int gid)
            throws IOException {
        int directory = DescriptorSocket.checked("open",
                Libc.open(folder, O_DIRECTORY | Libc.O_CLOEXEC | (isTrusted ? 0 : O_NOFOLLOW)));
        int fd = -1;
        try {
            fd = DescriptorSocket.socket();
            // the file that bind makes has this mode from the first moment on
            DescriptorSocket.checked("fchmod", NativeCall.intResult(FCHMOD, fd, OWNER_ONLY, 0, 0, 0, 0));
            bind(fd, "/proc/self/fd/" + directory + '/' + name, uid, gid);
            DescriptorSocket.checked("listen", NativeCall.intResult(LISTEN, fd, BACKLOG, 0, 0, 0, 0));
            return new DescriptorServer(directory, name, uid, gid, fd);
        } catch (IOException failure) {
            if (fd >= 0) {
                Libc.close(fd);
            }
            Libc.close(directory);
            throw failure;
        }
    }

    private static void bind(int fd, String path, int uid, int gid) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = DescriptorSocket.address(arena, path);
            int result;
            try (AsUser _ = AsUser.forFiles(uid, gid)) {
                result = NativeCall.intResult(BIND, fd, address.address(), address.byteSize(), 0, 0, 0);
            }
            DescriptorSocket.checked("bind", result);
        }
    }

    /** Waits for the next connection. @return {@code null} after {@link #interrupt} */
    public DescriptorSocket accept() throws IOException {
        int connection;
        do {
            connection = NativeCall.intResult(ACCEPT4, fd, 0, 0, DescriptorSocket.SOCK_CLOEXEC, 0, 0);
        } while (connection == -Errno.EINTR);
        return connection == -Errno.EINVAL ? null : new DescriptorSocket(DescriptorSocket.checked("accept4", connection));
    }

    /** Ends the wait of {@link #accept}. */
    public synchronized void interrupt() {
        if (!closed) {
            DescriptorSocket.shutdown(fd);
        }
    }

    /** Removes the socket; connections go on. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Libc.close(fd);
        try (Arena arena = Arena.ofConfined(); AsUser _ = AsUser.forFiles(uid, gid)) {
            NativeCall.intResult(UNLINKAT, folder, arena.allocateFrom(name).address(), 0, 0, 0, 0);
        }
        Libc.close(folder);
    }
}
