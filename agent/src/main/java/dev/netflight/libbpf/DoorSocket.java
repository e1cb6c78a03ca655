package dev.netflight.libbpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Two ends of a Unix socket over which nothing goes: what is sent on the one a filter of the other throws away, and the sender is
 * told that all is well. What a tracepoint sees of the send is the whole message.
 *
 * <pre>
 *  struct sock_fprog       struct sock_filter
 *  0      8        16      0      2    3    4     8
 *  +------+--------+       +------+----+----+-----+
 *  | len  | filter |       | code | jt | jf | k   |
 *  +------+--------+       +------+----+----+-----+
 * </pre>
 */
public final class DoorSocket implements AutoCloseable {
    private static final int SOCK_DGRAM = 2;
    private static final int SO_ATTACH_FILTER = 26;
    /** {@code BPF_RET | BPF_K} with 0: keep no byte. */
    private static final short RETURN = 0x06;

    private static final MemorySegment SOCKETPAIR = NativeCall.libc("socketpair");
    private static final MemorySegment SETSOCKOPT = NativeCall.libc("setsockopt");

    private final int[] ends;
    private final long cookie;
    private boolean closed;

    private DoorSocket(int[] ends, long cookie) {
        this.ends = ends;
        this.cookie = cookie;
    }

    public static DoorSocket open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(8, 4);
            DescriptorSocket.checked("socketpair", NativeCall.intResult(SOCKETPAIR, DescriptorSocket.AF_UNIX,
                    SOCK_DGRAM | DescriptorSocket.SOCK_CLOEXEC, 0, pair.address(), 0, 0));
            int[] ends = pair.toArray(ValueLayout.JAVA_INT);
            try {
                MemorySegment nothing = arena.allocate(8, 8);
                nothing.set(ValueLayout.JAVA_SHORT, 0, RETURN);
                MemorySegment program = arena.allocate(16, 8);
                program.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
                program.set(ValueLayout.JAVA_LONG, 8, nothing.address());
                DescriptorSocket.checked("setsockopt", NativeCall.intResult(SETSOCKOPT, ends[1], Libc.SOL_SOCKET,
                        SO_ATTACH_FILTER, program.address(), program.byteSize(), 0));
                MemorySegment cookie = arena.allocate(8, 8);
                MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 8);
                DescriptorSocket.checked("getsockopt", Libc.getsockopt(ends[0], Libc.SOL_SOCKET, Libc.SO_COOKIE,
                        cookie.address(), length.address()));
                return new DoorSocket(ends, cookie.get(ValueLayout.JAVA_LONG, 0));
            } catch (IOException failure) {
                DescriptorSocket.closeAll(ends);
                throw failure;
            }
        }
    }

    /** The kernel's number of the end that is sent on. */
    public long cookie() {
        return cookie;
    }

    /** The end that is sent on, then the one with the filter: both must stay open. */
    public int[] descriptors() {
        return ends.clone();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            DescriptorSocket.closeAll(ends);
        }
    }
}
