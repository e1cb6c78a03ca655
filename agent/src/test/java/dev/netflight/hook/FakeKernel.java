package dev.netflight.hook;

import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.internal.misc.CarrierThreadLocal;
import jdk.internal.misc.Unsafe;

/**
 * Slots in plain memory, and what the kernel programs do to them: knows the slot of the calling OS thread, and writes
 * line 1 of it in the middle of a call.
 */
final class FakeKernel implements KernelThreads, AutoCloseable {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();

    final int slotCount;
    final long memory;
    private final CarrierThreadLocal<Integer> slotOfThread = new CarrierThreadLocal<>();
    private final CarrierThreadLocal<Integer> tidOfThread = new CarrierThreadLocal<>();
    private final AtomicInteger tids = new AtomicInteger(1000);
    /** Tids for which the OS thread outlives the Java thread. */
    final Set<Integer> detached = ConcurrentHashMap.newKeySet();
    final AtomicInteger registrations = new AtomicInteger();
    /** Nonzero: what {@code register} answers. */
    volatile int refusal;
    /** What happens in the middle of a registration: the kernel has tied the thread, and has not answered yet. */
    volatile Runnable registering = () -> { };
    /** What the accepted connection is. */
    volatile long acceptedCookie;
    volatile int queries;

    FakeKernel(int slotCount) {
        this.slotCount = slotCount;
        long size = (long) slotCount * SlotLayout.SIZE;
        memory = UNSAFE.allocateMemory(size);
        UNSAFE.setMemory(memory, size, (byte) 0);
    }

    SocketHook hook(StackPolicy stacks, OperationListener listener, boolean queryMode) {
        return new SocketHook(new ThreadSlots(memory, slotCount, this, detached::contains), this, stacks, listener,
                queryMode);
    }

    SocketHook hook(StackPolicy stacks) {
        return hook(stacks, null, false);
    }

    @Override
    public int register(int slotIndex) {
        if (refusal != 0) {
            return refusal;
        }
        registrations.incrementAndGet();
        slotOfThread.set(slotIndex);
        if (tidOfThread.get() == null) {
            tidOfThread.set(tids.incrementAndGet());
        }
        registering.run();
        return tidOfThread.get();
    }

    /** The next registration of the calling thread answers this tid. */
    void pretendTid(int tid) {
        tidOfThread.set(tid);
    }

    @Override
    public boolean adopt(int fd, int slotIndex) {
        mark(slotIndex, acceptedCookie, SlotLayout.ADOPTED);
        return true;
    }

    @Override
    public boolean query(int fd, int kind, long bytes, int slotIndex) {
        queries++;
        if (kind == OperationKind.READ.code) {
            received(4711, 0, (int) bytes);
        } else {
            sent(4711, 0, (int) bytes);
        }
        return true;
    }

    /** A part of a send, in the middle of a call; does nothing for a thread that is in no followed call. */
    long sent(long cookie, int from, int to) {
        Integer slot = slotOfThread.get();
        if (slot == null || operation(slot) == 0) {
            return 0;
        }
        mark(slot, cookie, SlotLayout.SENT);
        UNSAFE.putInt(address(slot) + SlotLayout.TX0, from);
        UNSAFE.putInt(address(slot) + SlotLayout.TX1, to);
        return operation(slot);
    }

    long received(long cookie, int from, int to) {
        Integer slot = slotOfThread.get();
        if (slot == null || operation(slot) == 0) {
            return 0;
        }
        mark(slot, cookie, SlotLayout.RECEIVED);
        UNSAFE.putInt(address(slot) + SlotLayout.RX0, from);
        UNSAFE.putInt(address(slot) + SlotLayout.RX1, to);
        return operation(slot);
    }

    /** The first byte of a send is known, none is queued yet. */
    void begun(long cookie, int from) {
        int slot = slotOfThread.get();
        mark(slot, cookie, SlotLayout.BEGUN);
        UNSAFE.putInt(address(slot) + SlotLayout.TX0, from);
    }

    private void mark(int slot, long cookie, int flags) {
        long address = address(slot);
        UNSAFE.putByte(address + SlotLayout.FLAGS, (byte) flags);
        UNSAFE.putLong(address + SlotLayout.COOKIE, cookie);
        UNSAFE.putLong(address + SlotLayout.REMOTE_ADDRESS, 0);
        UNSAFE.putInt(address + SlotLayout.REMOTE_ADDRESS + 8, 0xffff_0000);
        UNSAFE.putInt(address + SlotLayout.REMOTE_ADDRESS + 12, 0x0100_007f);
        UNSAFE.putChar(address + SlotLayout.REMOTE_PORT, (char) 443);
        UNSAFE.putChar(address + SlotLayout.LOCAL_PORT, (char) 50_000);
        UNSAFE.putInt(address + SlotLayout.SRTT_MICROS, 77);
        UNSAFE.putInt(address + SlotLayout.SND_CWND, 10);
        UNSAFE.putLong(address + SlotLayout.RESULT_OPERATION, operation(slot));
    }

    long operation(int slot) {
        return UNSAFE.getLong(address(slot) + SlotLayout.OPERATION);
    }

    long fdAndKind(int slot) {
        return UNSAFE.getLong(address(slot) + SlotLayout.FD_KIND);
    }

    private long address(int slot) {
        return memory + (long) slot * SlotLayout.SIZE;
    }

    /** A captured write, as woven code makes it. */
    long write(SocketHook hook, long cookie, int from, int to) {
        int kind = OperationKind.WRITE.code;
        FileDescriptor fd = FileDescriptor.out;
        long operation = hook.begin(kind, fd);
        if (operation == 0) {
            return 0;
        }
        sent(cookie, from, to);
        hook.end(operation, kind, fd, to - from);
        return operation;
    }

    @Override
    public void close() {
        UNSAFE.freeMemory(memory);
    }
}
