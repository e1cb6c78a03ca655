package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Functions of the C library, by their C names.
 *
 * <p>Results follow one rule that differs from C: a failure is <b>−errno</b>, never −1, so that no caller needs to read
 * errno. All functions may be called by any thread; none of them allocates, except those that take a {@link String}, and
 * each in a thread's first call, for which memory is made that a virtual thread can unmount over: on an application's thread
 * only those may be called that take a segment of the caller's.
 */
public final class Libc {
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;

    public static final int EPOLL_CLOEXEC = 0x80000;
    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLLIN = 1;
    public static final int EPOLLET = 1 << 31;

    public static final int EFD_CLOEXEC = 0x80000;
    public static final int EFD_NONBLOCK = 0x800;

    /** {@code memfd_create}: close on exec. */
    public static final int MFD_CLOEXEC = 1;
    /**
     * {@code memfd_create}, Linux 6.3: not executable by execve, which is all that {@code vm.memfd_noexec=2} admits; mmap may
     * still execute it.
     */
    public static final int MFD_NOEXEC_SEAL = 8;

    /** {@code socket}. */
    public static final int AF_NETLINK = 16;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int SOCK_NONBLOCK = 0x800;

    /** {@code struct pollfd}: {int fd, short events, short revents}. */
    public static final int POLLFD_SIZE = 8;
    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;

    public static final int SOL_SOCKET = 1;
    /** getsockopt, Linux 4.12: the socket cookie, a u64. */
    public static final int SO_COOKIE = 57;

    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    /** {@code posix_fadvise}: the pages are not needed; dirty ones are on their way to the disk and stay for now. */
    public static final int POSIX_FADV_DONTNEED = 4;

    /** {@code setpriority}: one thread. */
    public static final int PRIO_PROCESS = 0;

    private static final int SC_PAGESIZE = 30;
    private static final long SYS_GETTID = "aarch64".equals(System.getProperty("os.arch")) ? 178 : 186;

    private static final MemorySegment MMAP = NativeCall.libc("mmap");
    private static final MemorySegment MUNMAP = NativeCall.libc("munmap");
    private static final MemorySegment OPEN = NativeCall.libc("open");
    private static final MemorySegment POSIX_FADVISE = NativeCall.libc("posix_fadvise");
    private static final MemorySegment CLOSE = NativeCall.libc("close");
    private static final MemorySegment READ = NativeCall.libc("read");
    private static final MemorySegment WRITE = NativeCall.libc("write");
    private static final MemorySegment EPOLL_CREATE1 = NativeCall.libc("epoll_create1");
    private static final MemorySegment EPOLL_CTL = NativeCall.libc("epoll_ctl");
    private static final MemorySegment EPOLL_WAIT = NativeCall.libc("epoll_wait");
    private static final MemorySegment EVENTFD = NativeCall.libc("eventfd");
    private static final MemorySegment SOCKET = NativeCall.libc("socket");
    private static final MemorySegment BIND = NativeCall.libc("bind");
    private static final MemorySegment POLL = NativeCall.libc("poll");
    private static final MemorySegment GETSOCKOPT = NativeCall.libc("getsockopt");
    private static final MemorySegment MEMFD_CREATE = NativeCall.libc("memfd_create");
    private static final MemorySegment SETPRIORITY = NativeCall.libc("setpriority");
    private static final MemorySegment SEND = NativeCall.libc("send");
    private static final MemorySegment SYSCALL = NativeCall.libc("syscall");
    private static final MemorySegment SYSCONF = NativeCall.libc("sysconf");
    private static final MemorySegment VSNPRINTF = NativeCall.libc("vsnprintf");

    private Libc() {
    }

    /** mmap(2). @return the address, or −errno */
    public static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return NativeCall.longResult(MMAP, address, length, protection, flags, fd, offset);
    }

    /** munmap(2). @return 0, or −errno */
    public static int munmap(long address, long length) {
        return NativeCall.intResult(MUNMAP, address, length, 0, 0, 0, 0);
    }

    /** open(2) without a mode. @return a file descriptor, or −errno */
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return NativeCall.intResult(OPEN, arena.allocateFrom(path).address(), flags, 0, 0, 0, 0);
        }
    }

    /** posix_fadvise(2). @return 0, or −errno */
    public static int posix_fadvise(int fd, long offset, long length, int advice) {
        return -NativeCall.intResult(POSIX_FADVISE, fd, offset, length, advice, 0, 0);
    }

    /** close(2). @return 0, or −errno */
    public static int close(int fd) {
        return NativeCall.intResult(CLOSE, fd, 0, 0, 0, 0, 0);
    }

    /** read(2). @return the bytes read, or −errno */
    public static long read(int fd, long buffer, long count) {
        return NativeCall.longResult(READ, fd, buffer, count, 0, 0, 0);
    }

    /** write(2). @return the bytes written, or −errno */
    public static long write(int fd, long buffer, long count) {
        return NativeCall.longResult(WRITE, fd, buffer, count, 0, 0, 0);
    }

    /** epoll_create1(2). @return a file descriptor, or −errno */
    public static int epoll_create1(int flags) {
        return NativeCall.intResult(EPOLL_CREATE1, flags, 0, 0, 0, 0, 0);
    }

    /** epoll_ctl(2); {@code event} points to a {@code struct epoll_event} (packed, 12 bytes, on x86-64; 16 elsewhere). @return 0, or −errno */
    public static int epoll_ctl(int epfd, int op, int fd, long event) {
        return NativeCall.intResult(EPOLL_CTL, epfd, op, fd, event, 0, 0);
    }

    /** epoll_wait(2). @param timeoutMillis −1 waits without end @return the number of events, or −errno (−EINTR after a signal) */
    public static int epoll_wait(int epfd, long events, int maxEvents, int timeoutMillis) {
        return NativeCall.intResult(EPOLL_WAIT, epfd, events, maxEvents, timeoutMillis, 0, 0);
    }

    /** eventfd(2). @return a file descriptor, or −errno */
    public static int eventfd(int initial, int flags) {
        return NativeCall.intResult(EVENTFD, initial, flags, 0, 0, 0, 0);
    }

    /** socket(2). @return a file descriptor, or −errno */
    public static int socket(int family, int type, int protocol) {
        return NativeCall.intResult(SOCKET, family, type, protocol, 0, 0, 0);
    }

    /** bind(2). @return 0, or −errno */
    public static int bind(int fd, long address, int length) {
        return NativeCall.intResult(BIND, fd, address, length, 0, 0, 0);
    }

    /** poll(2). @param timeoutMillis −1 waits without end @return the number of descriptors that are ready, or −errno */
    public static int poll(long descriptors, int count, int timeoutMillis) {
        return NativeCall.intResult(POLL, descriptors, count, timeoutMillis, 0, 0, 0);
    }

    /** getsockopt(2); {@code length} points to a {@code socklen_t} (u32), in and out. @return 0, or −errno */
    public static int getsockopt(int fd, int level, int name, long value, long length) {
        return NativeCall.intResult(GETSOCKOPT, fd, level, name, value, length, 0);
    }

    /** The same for an application's thread. @param capture the caller's own, see {@link NativeCall#call} @return 0, or −1 */
    public static int getsockopt(MemorySegment capture, int fd, int level, int name, long value, long length) {
        return (int) NativeCall.call(GETSOCKOPT, capture, fd, level, name, value, length, 0);
    }

    /** send(2). @param capture the caller's own, see {@link NativeCall#call} @return the bytes sent, or −1 */
    public static long send(MemorySegment capture, int fd, long buffer, long length, int flags) {
        return NativeCall.call(SEND, capture, fd, buffer, length, flags, 0, 0);
    }

    /** memfd_create(2), Linux 3.17. @return a file descriptor, or −errno */
    public static int memfd_create(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return NativeCall.intResult(MEMFD_CREATE, arena.allocateFrom(name).address(), flags, 0, 0, 0, 0);
        }
    }

    /** gettid(2) by syscall(2): the tid of the calling thread's carrier. A system call: cache it where it is asked often. */
    public static int gettid() {
        return (int) NativeCall.longResult(SYSCALL, SYS_GETTID, 0, 0, 0, 0, 0);
    }

    /** The same for an application's thread. @param capture the caller's own, see {@link NativeCall#call} */
    public static int gettid(MemorySegment capture) {
        return (int) NativeCall.call(SYSCALL, capture, SYS_GETTID, 0, 0, 0, 0, 0);
    }

    /** setpriority(2); of Linux' threads each has its own. @param niceness more is less: −20 to 19 @return 0, or −errno */
    public static int setpriority(int which, int who, int niceness) {
        return NativeCall.intResult(SETPRIORITY, which, who, niceness, 0, 0, 0);
    }

    /** The real page size in bytes (4 KiB on x86-64; 4, 16 or 64 KiB on arm64). */
    public static int pageSize() {
        return (int) NativeCall.longResult(SYSCONF, SC_PAGESIZE, 0, 0, 0, 0, 0);
    }

    /** vsnprintf(3) with a {@code va_list} that C handed to an upcall. @return the length of the whole text without its NUL */
    static int vsnprintf(long buffer, long size, long format, long arguments) {
        return NativeCall.intResult(VSNPRINTF, buffer, size, format, arguments, 0, 0);
    }

    /**
     * Maps {@code length} bytes as a segment that {@code arena} unmaps when it is closed.
     *
     * @param fd a file, or −1 for anonymous memory (zeroed, its pages appear when they are first touched)
     * @throws BpfException if mmap fails
     */
    public static MemorySegment map(Arena arena, long length, int protection, int fd, long offset) {
        int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
        long address = mmap(0, length, protection, flags, fd, offset);
        if (address < 0) {
            throw new BpfException("mmap", "fd " + fd + ", " + length + " bytes at " + offset, (int) -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(length, arena, new java.util.function.Consumer<>() {
            @Override
            public void accept(MemorySegment segment) {
                munmap(segment.address(), length);
            }
        });
    }
}
