package dev.netflight.instrument;

import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import jdk.internal.access.SharedSecrets;

/** Keeps each call that woven code makes. */
final class RecordingHook extends NetflightHook1 {
    /** {@code sun.nio.ch.IOStatus.UNAVAILABLE}: would block, the JDK tries again. */
    static final int UNAVAILABLE = -2;

    private final AtomicLong operations = new AtomicLong();
    private final Queue<Begun> begun = new ConcurrentLinkedQueue<>();
    private final Queue<Call> ended = new ConcurrentLinkedQueue<>();
    private final Queue<String> lookups = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> addressed = new ConcurrentLinkedQueue<>();

    /** An operation that has ended, with what woven code said at its end. */
    record Call(OperationKind kind, int fd, long result, Thread thread) {
        @Override
        public String toString() {
            return kind.word + " " + result;
        }
    }

    /** What each thread has begun by number, and not ended. */
    private final ThreadLocal<Begun> numbered = new ThreadLocal<>();

    private record Begun(long operation, int kind, int fd) {}

    @Override
    protected long begin(int kind, FileDescriptor fd) {
        long operation = operations.incrementAndGet();
        begun.add(new Begun(operation, kind, number(fd)));
        return operation;
    }

    @Override
    protected void end(long operation, int kind, FileDescriptor fd, long result) {
        boolean known = false;
        for (Begun begin : begun) {
            known |= begin.operation == operation && begin.kind == kind;
        }
        if (!known) {
            throw new AssertionError("end of operation " + operation + " that never began");
        }
        ended.add(new Call(OperationKind.of(kind), number(fd), result, Thread.currentThread()));
    }

    @Override
    protected void begin(int kind, int fd) {
        Begun call = new Begun(operations.incrementAndGet(), kind, fd);
        begun.add(call);
        numbered.set(call);
    }

    @Override
    protected void end(long result) {
        Begun call = numbered.get();
        if (call == null) {
            throw new AssertionError("end of an operation that never began");
        }
        numbered.remove();
        ended.add(new Call(OperationKind.of(call.kind), call.fd, result, Thread.currentThread()));
    }

    @Override
    protected void follow(FileDescriptor fd) {
        addressed.add(number(fd));
    }

    @Override
    protected long beginLookup(String host) {
        return operations.incrementAndGet();
    }

    @Override
    protected void endLookup(long operation, String host, InetAddress[] addresses, Throwable thrown) {
        lookups.add(host + (thrown == null ? " has " + addresses.length : " fails"));
    }

    private static int number(FileDescriptor fd) {
        return SharedSecrets.getJavaIOFileDescriptorAccess().get(fd);
    }

    /** All operations that began, also those still in progress. */
    long begun() {
        return operations.get();
    }

    /** What a thread did, without attempts that would have blocked. */
    List<Call> of(Thread thread) {
        List<Call> calls = new ArrayList<>();
        for (Call call : ended) {
            if (call.thread == thread && (call.result != UNAVAILABLE || call.kind == OperationKind.CONNECT)) {
                calls.add(call);
            }
        }
        return calls;
    }

    /** Hosts that were looked up, with the number of their addresses. */
    List<String> lookups() {
        return List.copyOf(lookups);
    }

    /** Datagram sockets that got an address, in the order in which they did. */
    List<Integer> addressed() {
        return List.copyOf(addressed);
    }

    /** What any thread did, in the order of the ends. */
    List<Call> all() {
        return List.copyOf(ended);
    }
}
