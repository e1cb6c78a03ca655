package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.Errno;
import dev.netflight.libbpf.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The devices of a network namespace, that of the thread that opens this: those there are, and each that comes or goes.
 * By rtnetlink(7):
 *
 * <pre>
 *  struct nlmsghdr                          struct ifinfomsg
 *  0        4      6       8       12      16       18     20        24      28        32
 *  +--------+------+-------+-------+-------+--------+------+---------+-------+---------+
 *  | length | type | flags | seq   | port  | family | type | ifindex | flags | change  |
 *  +--------+------+-------+-------+-------+--------+------+---------+-------+---------+
 * </pre>
 *
 * <p>One thread at a time, but for {@link #wakeup}.
 */
final class NetworkDevices implements AutoCloseable {
    private static final int LENGTH = 0;
    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int IFINDEX = 20;
    private static final int REQUEST_SIZE = 32;
    private static final int ALIGNMENT = 4;

    /** uapi/linux/netlink.h and rtnetlink.h. */
    private static final int NLMSG_DONE = 3;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int RTMGRP_LINK = 1;

    private static final int BUFFER = 64 << 10;

    /** Who is told. */
    interface Listener {
        /** It is there; told again when something of it changes. */
        void present(int ifindex);

        void gone(int ifindex);
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER, 8);
    private final MemorySegment waits = arena.allocate(2 * Libc.POLLFD_SIZE, 8);
    private final int socket;
    private final int wakeup;

    private NetworkDevices(int socket, int wakeup) {
        this.socket = socket;
        this.wakeup = wakeup;
    }

    /** @throws BpfException if the kernel does not tell of its devices */
    static NetworkDevices open() {
        int socket = checked("socket", Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0));
        int wakeup = -1;
        try (Arena arena = Arena.ofConfined()) {
            wakeup = checked("eventfd", Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
            MemorySegment address = arena.allocate(12, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_NETLINK);
            address.set(ValueLayout.JAVA_INT, 8, RTMGRP_LINK);
            checked("bind", Libc.bind(socket, address.address(), (int) address.byteSize()));
            return new NetworkDevices(socket, wakeup);
        } catch (RuntimeException | Error failure) {
            Libc.close(socket);
            if (wakeup >= 0) {
                Libc.close(wakeup);
            }
            throw failure;
        }
    }

    /** Tells of all that are there. */
    void list(Listener listener) {
        MemorySegment request = buffer.asSlice(0, REQUEST_SIZE).fill((byte) 0);
        request.set(ValueLayout.JAVA_INT, LENGTH, REQUEST_SIZE);
        request.set(ValueLayout.JAVA_SHORT, TYPE, (short) RTM_GETLINK);
        request.set(ValueLayout.JAVA_SHORT, FLAGS, (short) (NLM_F_REQUEST | NLM_F_DUMP));
        checked("write", (int) Libc.write(socket, request.address(), REQUEST_SIZE));
        boolean isDone = false;
        while (!isDone && await()) {
            isDone = tell(listener);
        }
    }

    /** Waits, and tells what has happened. @return whether it may go on: nobody has called {@link #wakeup} */
    boolean watch(Listener listener) {
        if (!await()) {
            return false;
        }
        tell(listener);
        return true;
    }

    /** @return whether there is something to read; false after {@link #wakeup} */
    private boolean await() {
        for (int i = 0; i < 2; i++) {
            waits.set(ValueLayout.JAVA_INT, (long) i * Libc.POLLFD_SIZE, i == 0 ? socket : wakeup);
            waits.set(ValueLayout.JAVA_INT, (long) i * Libc.POLLFD_SIZE + 4, Libc.POLLIN);
        }
        int result = Libc.poll(waits.address(), 2, -1);
        if (result != -Errno.EINTR) {
            checked("poll", result);
        }
        return waits.get(ValueLayout.JAVA_SHORT, Libc.POLLFD_SIZE + 6) == 0;
    }

    /** @return whether this was the end of a list */
    private boolean tell(Listener listener) {
        long length = Libc.read(socket, buffer.address(), BUFFER);
        if (length == -Errno.ENOBUFS) {
            list(listener); // some were missed
            return true;
        }
        boolean isDone = false;
        for (long at = 0; at + REQUEST_SIZE <= length || at + IFINDEX <= length;) {
            int size = buffer.get(ValueLayout.JAVA_INT, at + LENGTH);
            switch (buffer.get(ValueLayout.JAVA_SHORT, at + TYPE)) {
                case RTM_NEWLINK -> listener.present(buffer.get(ValueLayout.JAVA_INT, at + IFINDEX));
                case RTM_DELLINK -> listener.gone(buffer.get(ValueLayout.JAVA_INT, at + IFINDEX));
                case NLMSG_DONE -> isDone = true;
                default -> { }
            }
            at += Math.max(size, ALIGNMENT) + ALIGNMENT - 1 & -ALIGNMENT;
        }
        return isDone;
    }

    /** Ends the waiting, now and for ever. Any thread. */
    void wakeup() {
        try (Arena own = Arena.ofConfined()) {
            Libc.write(wakeup, own.allocateFrom(ValueLayout.JAVA_LONG, 1).address(), Long.BYTES);
        }
    }

    private static int checked(String function, int result) {
        if (result < 0) {
            throw new BpfException(function, "rtnetlink", -result);
        }
        return result;
    }

    /** Nobody may wait any more. */
    @Override
    public void close() {
        Libc.close(socket);
        Libc.close(wakeup);
        arena.close();
    }
}
