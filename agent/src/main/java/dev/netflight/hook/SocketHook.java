package dev.netflight.hook;

import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import jdk.internal.access.JavaIOFileDescriptorAccess;
import jdk.internal.access.JavaLangAccess;
import jdk.internal.access.SharedSecrets;
import jdk.internal.misc.CarrierThreadLocal;
import jdk.internal.misc.Unsafe;

/**
 * What the woven JDK methods call around each system call on a socket: tells the kernel programs which operation the
 * calling thread is in, and afterwards takes from them what they saw of it.
 *
 * <p>This runs on the application's threads, in each read and write. So it does not lock, block or wait, initialises
 * no class for the first time ({@link #prime}), makes no object unless the kernel captured the operation, and lets no
 * exception out; no invokedynamic, no method handle, no VarHandle, because the first run of each call site links it.
 * Nothing in it can unmount a virtual thread, so that {@link #begin} and {@link #end} of one operation see the same
 * carrier and the same slot.
 *
 * <p>Operations do not nest at the level of the dispatchers. Should they ever, the inner one wins and the outer one is
 * not captured.
 *
 * <p>One instance serves one capture, from {@code NetflightHook1.install(hook)} to {@code install(null)}. A thread may
 * still be inside an old instance after that: see {@link ThreadSlots} about the memory.
 */
public final class SocketHook extends NetflightHook1 {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final JavaLangAccess JAVA_LANG = SharedSecrets.getJavaLangAccess();
    private static final JavaIOFileDescriptorAccess DESCRIPTORS = SharedSecrets.getJavaIOFileDescriptorAccess();
    /** One for all captures, so that a thread's map holds one entry of ours at most; an older capture's is replaced. */
    private static final CarrierThreadLocal<ThreadSlot> SLOT = new CarrierThreadLocal<>();

    private static final int ACCEPT = OperationKind.ACCEPT.code;
    private static final int READ = OperationKind.READ.code;
    private static final int SEND = OperationKind.SEND.code;
    private static final int RECEIVE = OperationKind.RECEIVE.code;
    private static final int SENDFILE = OperationKind.SENDFILE.code;
    private static final int LOOKUP = OperationKind.LOOKUP.code;
    /** {@code sun.nio.ch.IOStatus.EOF}. */
    private static final long END = -1;

    private final ThreadSlots slots;
    private final KernelThreads kernel;
    private final StackPolicy stacks;
    private final boolean queryMode;
    private OperationListener listener;
    private OriginHook origins;

    private volatile Throwable failure;
    private volatile Throwable listenerFailure;

    /**
     * @param slotsAddress of {@code slotCount} slots, see {@link SlotLayout}; must stay mapped, see {@link ThreadSlots}
     * @param kernel       each of its methods has been run once
     * @param listener     sees captured operations on the application's thread, or {@code null}
     * @param queryMode    whether the kernel's programs cannot see the end of a call, so that it is asked for after it
     */
    public SocketHook(long slotsAddress, int slotCount, KernelThreads kernel, StackPolicy stacks,
            OperationListener listener, boolean queryMode) {
        this(new ThreadSlots(slotsAddress, slotCount, kernel, SocketHook::osThreadLives), kernel, stacks, listener,
                queryMode);
        prime();
    }

    SocketHook(ThreadSlots slots, KernelThreads kernel, StackPolicy stacks, OperationListener listener,
            boolean queryMode) {
        this.slots = slots;
        this.kernel = kernel;
        this.stacks = stacks;
        this.listener = listener;
        this.queryMode = queryMode;
    }

    // ---- on application threads ----

    @Override
    protected long begin(int kind, FileDescriptor fd) {
        return beginOn(kind, number(fd));
    }

    @Override
    protected void begin(int kind, int fd) {
        if (kind == SEND || kind == RECEIVE) {
            datagramsBegin(); // a library's own socket, whose bind is not followed
        }
        beginOn(kind, fd);
    }

    private long beginOn(int kind, int fd) {
        ThreadSlot slot = slot();
        if (slot == null) {
            return 0;
        }
        Thread thread = Thread.currentThread();
        // not isVirtual(): a test of its type is speculated upon and compiled anew where both kinds of threads come by
        if (thread != JAVA_LANG.currentCarrierThread()) {
            slot.enterVirtual(thread);
        }
        if (listener != null) {
            started(slot, kind);
        }
        long address = slot.address;
        long operation = UNSAFE.getLong(address + SlotLayout.LAST_OPERATION) + 1;
        UNSAFE.putLong(address + SlotLayout.LAST_OPERATION, operation);
        UNSAFE.putLong(address + SlotLayout.FD_KIND, (long) kind << 32 | fd & 0xffff_ffffL);
        UNSAFE.putLongRelease(null, address + SlotLayout.OPERATION, operation);
        return operation;
    }

    @Override
    protected void end(long operation, int kind, FileDescriptor fd, long result) {
        ThreadSlot slot = slotOf(operation);
        if (slot != null) {
            endOn(slot, operation, kind, kind == ACCEPT || queryMode ? number(fd) : -1, result);
        }
    }

    @Override
    protected void end(long result) {
        ThreadSlot slot = SLOT.get();
        if (slot == null || slot.owner != slots || slot.index < 0) {
            return;
        }
        long operation = UNSAFE.getLong(slot.address + SlotLayout.OPERATION);
        if (operation == 0) {
            return; // begun under an earlier capture
        }
        long fdAndKind = UNSAFE.getLong(slot.address + SlotLayout.FD_KIND);
        int kind = (int) (fdAndKind >>> 32);
        int fd = kind == ACCEPT ? (int) result : (int) fdAndKind;
        endOn(slot, operation, kind, fd, NativeResult.ofLibrary(kind, result));
    }

    private void endOn(ThreadSlot slot, long operation, int kind, int fd, long result) {
        long address = slot.address;
        if (kind == ACCEPT || queryMode) {
            ask(slot, kind, fd, result);
        }
        Object event = leave(slot);
        if (isCaptured(slot, operation)) {
            captured(slot, operation, kind, result, null, event);
        }
    }

    @Override
    protected long beginLookup(String host) {
        datagramsBegin();
        return begin(LOOKUP, null);
    }

    @Override
    protected void endLookup(long operation, String host, InetAddress[] addresses, Throwable thrown) {
        ThreadSlot slot = slotOf(operation);
        if (slot == null) {
            return;
        }
        Object event = leave(slot);
        if (isCaptured(slot, operation)) {
            captured(slot, operation, LOOKUP, addresses == null ? 0 : addresses.length, host, null);
        }
        OperationListener listener = this.listener;
        if (event != null && listener != null) {
            try {
                listener.lookupEnded(event, operation, host, addresses, thrown);
            } catch (Throwable e) {
                listenerFailed(e);
            }
        }
    }

    /**
     * The calling thread's slot if this operation was begun in it, else {@code null}: it was begun under an earlier capture, or
     * on another carrier, by a virtual thread that has had to wait for a lock of the JDK's in the middle of its call (one where a
     * datagram's destination cannot be reached). Then nobody is inside the call that the other slot still shows.
     */
    private ThreadSlot slotOf(long operation) {
        ThreadSlot slot = SLOT.get();
        if (slot != null && slot.owner == slots && slot.index == SlotLayout.slotIndex(operation)) {
            return slot;
        }
        slots.abandon(operation);
        return null;
    }

    /** The call is over. @return what the listener has begun for it, or {@code null} */
    private static Object leave(ThreadSlot slot) {
        UNSAFE.putLongRelease(null, slot.address + SlotLayout.OPERATION, 0);
        slot.leaveVirtual();
        Object event = slot.event;
        if (event != null) {
            slot.event = null;
        }
        return event;
    }

    /** A send that found no room is marked as begun and nothing else: there is nothing to tell of it. */
    private static boolean isCaptured(ThreadSlot slot, long operation) {
        return UNSAFE.getLong(slot.address + SlotLayout.RESULT_OPERATION) == operation
                && (UNSAFE.getByte(slot.address + SlotLayout.FLAGS) & ~SlotLayout.BEGUN) != 0;
    }

    @Override
    protected void follow(FileDescriptor fd) {
        ThreadSlot slot = slot();
        if (slot != null) {
            kernel.adopt(number(fd), slot.index);
        }
        datagramsBegin();
    }

    private void datagramsBegin() {
        try {
            kernel.datagramsBegin();
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** The calling OS thread's slot; {@code null} if it cannot be followed. */
    private ThreadSlot slot() {
        ThreadSlot slot = SLOT.get();
        return slot == null || slot.owner != slots || slot.index < 0 ? register(slot) : slot;
    }

    private static int number(FileDescriptor fd) {
        return fd == null ? -1 : DESCRIPTORS.get(fd);
    }

    /** First operation of an OS thread in this capture, or each one of a thread that found no slot. */
    private ThreadSlot register(ThreadSlot before) {
        if (before != null && before.owner == slots && before.askedAt == slots.freed()) {
            return null;
        }
        try {
            ThreadSlot slot = slots.register(before);
            if (slot == null) {
                return null;
            }
            if (slot != before) {
                SLOT.set(slot);
            }
            return slot.index < 0 ? null : slot;
        } catch (Throwable e) {
            failure = e;
            return null;
        }
    }

    private void started(ThreadSlot slot, int kind) {
        try {
            Object event = listener.operationStarted(kind);
            if (event != null || slot.event != null) {
                slot.event = event;
            }
            slot.startedNanos = listener.wantsTimes() ? System.nanoTime() : 0;
        } catch (Throwable e) {
            listenerFailed(e);
        }
    }

    /** Lets the kernel fill line 1 now, while the slot still shows the operation. */
    private void ask(ThreadSlot slot, int kind, int fd, long result) {
        try {
            if (kind == ACCEPT) {
                if (result > 0) {
                    kernel.adopt(fd, slot.index);
                }
            } else if (kind >= READ && kind <= SENDFILE && (result > 0
                    || kind == READ && result == END || kind == RECEIVE && result == 0)) {
                kernel.query(fd, kind, Math.max(result, 0), slot.index);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void captured(ThreadSlot slot, long operation, int kind, long result, String host, Object event) {
        try {
            long endedNanos = slot.startedNanos == 0 ? 0 : System.nanoTime();
            long cookie = UNSAFE.getLong(slot.address + SlotLayout.COOKIE);
            Throwable stack = stacks.wants(cookie) ? StackTrace.take() : null;
            OperationRecord record =
                    new OperationRecord(operation, kind, result, Thread.currentThread(), stack, slot, host);
            if (slot.startedNanos != 0) {
                record.timed(slot.startedNanos, endedNanos);
                slot.startedNanos = 0;
            }
            OriginHook origins = this.origins;
            if (origins == null || !origins.holds(record)) {
                slot.queue.offer(record);
            }
            if (event != null) {
                ended(event, record);
            }
            // last: a virtual thread may go on elsewhere after it
            kernel.wakeCalls();
        } catch (Throwable e) {
            failure = e; // out of memory or of stack: the operation is lost, the application goes on
        }
    }

    private void ended(Object event, OperationRecord record) {
        OperationListener listener = this.listener;
        if (listener == null) {
            return;
        }
        try {
            listener.operationEnded(event, record);
        } catch (Throwable e) {
            listenerFailed(e);
        }
    }

    private void listenerFailed(Throwable e) {
        listener = null;
        listenerFailure = e;
    }

    // ---- control, any thread ----

    /** Replaces the listener; calls in progress may still reach the old one. {@code null} for none. */
    public void listener(OperationListener listener) {
        this.listener = listener;
    }

    /** Who knows of the threads that handed bytes over; before the hook is installed. */
    public void origins(OriginHook origins) {
        this.origins = origins;
    }

    /** Operations begun on followed threads, captured or not. */
    public long operationsSeen() {
        return slots.seen();
    }

    /** Captured operations that found their queue full. */
    public long operationsDropped() {
        return slots.dropped();
    }

    /** Threads that found no free slot or could not be registered in the kernel; such a thread may get one later. */
    public long threadsWithoutSlot() {
        return slots.unfollowed();
    }

    /** The newest exception caught inside a hook, or {@code null}. */
    public Throwable failure() {
        return failure;
    }

    /** Why the listener is not called any more, or {@code null}. */
    public Throwable listenerFailure() {
        return listenerFailure;
    }

    /** What {@link #origins(OriginHook)} was told, or {@code null}. */
    OriginHook origins() {
        return origins;
    }

    ThreadSlots slots() {
        return slots;
    }

    private static boolean osThreadLives(int tid) {
        return Files.exists(Path.of("/proc/self/task/" + tid));
    }

    /**
     * Runs the paths of the hook on the calling thread over memory of its own, so that all their classes are initialised
     * and all references resolved before an application's thread comes here.
     */
    private static void prime() {
        long memory = UNSAFE.allocateMemory(SlotLayout.SIZE);
        UNSAFE.setMemory(memory, SlotLayout.SIZE, (byte) 0);
        ThreadSlot before = SLOT.get();
        try {
            FileDescriptor fd = new FileDescriptor();
            PrimingListener listener = new PrimingListener();
            StackPolicy[] policies = {StackPolicy.off(), StackPolicy.all(), StackPolicy.perSecond(1)};
            for (StackPolicy policy : policies) {
                prime(new PrimingKernel(-1), memory, policy, listener, fd);
                prime(new PrimingKernel(1), memory, policy, listener, fd);
            }
        } finally {
            SLOT.set(before);
            UNSAFE.freeMemory(memory);
        }
    }

    private static void prime(
            KernelThreads kernel, long memory, StackPolicy policy, OperationListener listener, FileDescriptor fd) {
        ThreadSlots slots = new ThreadSlots(memory, 1, kernel, tid -> false);
        SocketHook hook = new SocketHook(slots, kernel, policy, listener, true);
        for (OperationKind kind : OperationKind.values()) {
            long operation = hook.begin(kind.code, fd); // 0 with the kernel that refuses
            UNSAFE.putLong(memory + SlotLayout.RESULT_OPERATION, operation);
            UNSAFE.putByte(memory + SlotLayout.FLAGS, (byte) SlotLayout.SENT);
            hook.end(operation, kind.code, fd, 1);
            hook.begin(kind.code, 0);
            hook.end(1);
        }
        hook.follow(fd);
        long lookup = hook.beginLookup("localhost");
        UNSAFE.putLong(memory + SlotLayout.RESULT_OPERATION, lookup);
        hook.endLookup(lookup, "localhost", null, null);
    }

    private record PrimingKernel(int tid) implements KernelThreads {
        @Override
        public int register(int slotIndex) {
            return tid;
        }

        @Override
        public boolean adopt(int fd, int slotIndex) {
            return true;
        }

        @Override
        public boolean query(int fd, int kind, long bytes, int slotIndex) {
            return true;
        }
    }

    private static final class PrimingListener implements OperationListener {
        @Override
        public Object operationStarted(int kind) {
            return this;
        }

        @Override
        public void operationEnded(Object event, OperationRecord operation) {}

        @Override
        public void lookupEnded(
                Object event, long operation, String host, InetAddress[] addresses, Throwable failure) {}
    }
}
