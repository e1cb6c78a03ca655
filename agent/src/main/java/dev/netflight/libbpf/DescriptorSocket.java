package dev.netflight.libbpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One end of a connected Unix socket whose messages carry open descriptors (SCM_RIGHTS of unix(7)). What it holds lives in
 * the kernel: nothing has to be on the JVM's own {@code SocketChannel}, which cannot do that. One thread at a time but for
 * {@link #interrupt}.
 *
 * <pre>
 *  struct msghdr (64 bit)                                              struct cmsghdr
 *  0      8         16    24       32        40            48      56  0      8        12     16
 *  +------+---------+-----+--------+---------+-------------+-------+   +------+--------+------+-------------+
 *  | name | namelen | iov | iovlen | control | control len | flags |   | len  | level  | type | int fd[]    |
 *  +------+---------+-----+--------+---------+-------------+-------+   +------+--------+------+-------------+
 * </pre>
 */
public final class DescriptorSocket implements AutoCloseable {
    /** One message: its text, and copies of descriptors that are the receiver's to close. */
    public record Message(String text, int[] descriptors) {}

    /** The process on the other side when it connected, as our own PID and user namespaces count. */
    public record Peer(int pid, int uid) {}

    /** The most bytes that the text of a message can have. */
    public static final int LONGEST_TEXT = 1 << 16;
    private static final int MOST_DESCRIPTORS = 128;

    static final int AF_UNIX = 1;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_CLOEXEC = 0x80000;
    private static final int SO_PEERCRED = 17;
    private static final int SO_RCVTIMEO = 20;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_RDWR = 2;

    private static final int HEADER = 56;
    private static final int IOV = 16;
    private static final int IOV_LENGTH = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int CMSG_HEADER = 16;

    private static final MemorySegment SOCKET = NativeCall.libc("socket");
    private static final MemorySegment CONNECT = NativeCall.libc("connect");
    private static final MemorySegment SENDMSG = NativeCall.libc("sendmsg");
    private static final MemorySegment RECVMSG = NativeCall.libc("recvmsg");
    private static final MemorySegment SETSOCKOPT = NativeCall.libc("setsockopt");
    private static final MemorySegment SHUTDOWN = NativeCall.libc("shutdown");

    private final int fd;
    private boolean closed;

    DescriptorSocket(int fd) {
        this.fd = fd;
    }

    /** @throws IOException where nobody listens there, or this process may not connect */
    public static DescriptorSocket connect(String path) throws IOException {
        int fd = socket();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, path);
            checked("connect", NativeCall.intResult(CONNECT, fd, address.address(), address.byteSize(), 0, 0, 0));
            return new DescriptorSocket(fd);
        } catch (IOException failure) {
            Libc.close(fd);
            throw failure;
        }
    }

    static int socket() throws IOException {
        return checked("socket", NativeCall.intResult(SOCKET, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0, 0, 0));
    }

    /** {@code struct sockaddr_un}: a family and at most 107 bytes of a path. */
    static MemorySegment address(Arena arena, String path) throws IOException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 107) {
            throw new IOException(path + " is longer than the path of a socket can be");
        }
        MemorySegment address = arena.allocate(2 + bytes.length + 1L, 2);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
        return address;
    }

    static int checked(String function, int result) throws IOException {
        if (result < 0) {
            throw new IOException(function + " failed with " + Errno.describe(-result));
        }
        return result;
    }

    /** Who connected, by SO_PEERCRED: the kernel's word, not the peer's. */
    public Peer peer() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment credentials = arena.allocate(12, 4);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 12);
            checked("getsockopt", Libc.getsockopt(fd, Libc.SOL_SOCKET, SO_PEERCRED, credentials.address(), length.address()));
            return new Peer(credentials.get(ValueLayout.JAVA_INT, 0), credentials.get(ValueLayout.JAVA_INT, 4));
        }
    }

    /** Lets {@link #receive} fail when nothing has come for so long. @param seconds at least 1 */
    public void patience(int seconds) throws IOException {
        patience(fd, seconds);
    }

    static void patience(int fd, int seconds) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocateFrom(ValueLayout.JAVA_LONG, seconds, 0);
            checked("setsockopt", NativeCall.intResult(SETSOCKOPT, fd, Libc.SOL_SOCKET, SO_RCVTIMEO, time.address(), 16, 0));
        }
    }

    /** Sends a text, and copies of descriptors of ours with it. */
    public void send(String text, int... descriptors) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > LONGEST_TEXT || descriptors.length > MOST_DESCRIPTORS) {
            throw new IllegalArgumentException(bytes.length + " bytes, " + descriptors.length + " descriptors");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = header(arena, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), descriptors.length);
            if (descriptors.length > 0) {
                MemorySegment control = MemorySegment.ofAddress(header.get(ValueLayout.JAVA_LONG, CONTROL))
                        .reinterpret(header.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH));
                control.set(ValueLayout.JAVA_LONG, 0, CMSG_HEADER + 4L * descriptors.length);
                control.set(ValueLayout.JAVA_INT, 8, Libc.SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
                MemorySegment.copy(descriptors, 0, control, ValueLayout.JAVA_INT, CMSG_HEADER, descriptors.length);
            }
            checked("sendmsg", NativeCall.intResult(SENDMSG, fd, header.address(), MSG_NOSIGNAL, 0, 0, 0));
        }
    }

    /**
     * Waits for the next message.
     *
     * @param mostDescriptors how many are taken; with 0 the kernel itself closes whatever came
     * @return {@code null} where the other side has closed
     * @throws IOException also where the message is not whole
     */
    public Message receive(int mostDescriptors) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(LONGEST_TEXT, 8);
            MemorySegment header = header(arena, text, mostDescriptors);
            int length;
            do {
                length = NativeCall.intResult(RECVMSG, fd, header.address(), MSG_CMSG_CLOEXEC, 0, 0, 0);
            } while (length == -Errno.EINTR);
            checked("recvmsg", length);
            int[] descriptors = descriptors(header);
            int cut = header.get(ValueLayout.JAVA_INT, FLAGS) & (MSG_TRUNC | MSG_CTRUNC);
            if (cut != 0 && (mostDescriptors > 0 || cut != MSG_CTRUNC)) {
                closeAll(descriptors);
                throw new IOException("a message came cut");
            }
            return length == 0 ? null
                    : new Message(new String(text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8),
                            descriptors);
        }
    }

    private static MemorySegment header(Arena arena, MemorySegment text, int descriptors) {
        MemorySegment header = arena.allocate(HEADER, 8);
        MemorySegment part = arena.allocateFrom(ValueLayout.JAVA_LONG, text.address(), text.byteSize());
        header.set(ValueLayout.JAVA_LONG, IOV, part.address());
        header.set(ValueLayout.JAVA_LONG, IOV_LENGTH, 1);
        if (descriptors > 0) {
            MemorySegment control = arena.allocate(CMSG_HEADER + (4L * descriptors + 7 & ~7L), 8);
            header.set(ValueLayout.JAVA_LONG, CONTROL, control.address());
            header.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, control.byteSize());
        }
        return header;
    }

    private static int[] descriptors(MemorySegment header) {
        long length = header.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH);
        if (length < CMSG_HEADER) {
            return new int[0];
        }
        MemorySegment control = MemorySegment.ofAddress(header.get(ValueLayout.JAVA_LONG, CONTROL)).reinterpret(length);
        if (control.get(ValueLayout.JAVA_INT, 8) != Libc.SOL_SOCKET || control.get(ValueLayout.JAVA_INT, 12) != SCM_RIGHTS) {
            return new int[0];
        }
        long end = Math.min(length, control.get(ValueLayout.JAVA_LONG, 0));
        return control.asSlice(CMSG_HEADER, (end - CMSG_HEADER) / 4 * 4).toArray(ValueLayout.JAVA_INT);
    }

    public static void closeAll(int[] descriptors) {
        Arrays.stream(descriptors).forEach(Libc::close);
    }

    /** Ends the wait of whoever waits for a message or a connection. Any thread. */
    public synchronized void interrupt() {
        if (!closed) {
            shutdown(fd);
        }
    }

    static void shutdown(int fd) {
        NativeCall.intResult(SHUTDOWN, fd, SHUT_RDWR, 0, 0, 0, 0);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }
}
