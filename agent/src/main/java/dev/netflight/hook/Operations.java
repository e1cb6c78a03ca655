package dev.netflight.hook;

import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import java.util.List;
import jdk.internal.misc.Unsafe;

/**
 * The capture thread's side of the hooks: takes what the application's threads have queued, gives it a readable thread
 * and stack, and looks at calls that have not ended yet. Every method is for the capture thread alone.
 */
public final class Operations {
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();

    private final ThreadSlots slots;
    private final StackCache stacks;
    private final OriginHook origins;

    public Operations(SocketHook hook, StackCache stacks) {
        this.slots = hook.slots();
        this.stacks = stacks;
        this.origins = hook.origins();
    }

    /**
     * Hands over the operations that are queued now, those of one OS thread in their order.
     *
     * @return how many
     */
    public int poll(OperationSink sink) {
        int count = 0;
        for (int i = 0, n = slots.used(); i < n; i++) {
            ThreadSlot slot = slots.owned(i);
            if (slot != null) {
                count += drain(slot, sink);
            }
        }
        return count;
    }

    /**
     * Gives the slots of dead threads back, after handing over what they left, and drops stacks long unused. To be
     * called about once a second; oftener where threads are short-lived and few slots are free.
     *
     * @return how many operations were handed over
     */
    public int sweep(OperationSink sink) {
        int count = 0;
        for (int i = 0, n = slots.used(); i < n; i++) {
            ThreadSlot slot = slots.owned(i);
            // first dead, then drained: nothing can come after
            if (slot != null && slots.dead(slot)) {
                count += drain(slot, sink);
                slots.free(slot);
            }
        }
        stacks.expire();
        if (origins != null) {
            origins.expire();
        }
        return count;
    }

    private int drain(ThreadSlot slot, OperationSink sink) {
        OperationQueue queue = slot.queue;
        long to = queue.produced();
        int count = 0;
        while (queue.consumed() < to) {
            OperationRecord record = queue.take();
            count++;
            sink.operation(operation(record), record);
        }
        return count;
    }

    private Operation operation(OperationRecord record) {
        return new Operation(record.operation, OperationKind.of(record.kind),
                thread(record.threadId, record.threadName, record.isVirtual, record.slot), stacks.resolve(record.stack, record.handlers),
                record.cookie, record.bytes(), OriginRun.origins(record, stacks), record.host);
    }

    /** The thread as the model has it; the same object for as long as nothing about it changes. */
    private static JavaThread thread(long id, String name, boolean isVirtual, ThreadSlot slot) {
        Thread carrier = isVirtual ? slot.carrier() : null;
        if (carrier != null) {
            slot.lastNativeName = carrier.getName();
        } else if (!isVirtual) {
            slot.lastNativeName = name;
        }
        String nativeName = slot.lastNativeName;
        JavaThread last = slot.lastThread;
        if (last != null && last.id() == id && last.tid() == slot.tid && last.name().equals(name)
                && last.nativeName().equals(nativeName)) {
            return last;
        }
        JavaThread made = new JavaThread(name, id, isVirtual, isVirtual ? nativeName : null, slot.tid, nativeName);
        slot.lastThread = made;
        return made;
    }

    /** The platform thread that has this kernel thread id, as its last operation has shown it; {@code null} where none is known. */
    public JavaThread platformThread(int tid) {
        for (int i = 0, n = slots.used(); i < n; i++) {
            ThreadSlot slot = slots.owned(i);
            if (slot != null && slot.tid == tid) {
                return slot.lastThread == null || slot.lastThread.virtual() ? null : slot.lastThread;
            }
        }
        return null;
    }

    /** Number of slots to look at with {@link #inProgress(int, OperationInProgress)}, from 0. */
    public int slotCount() {
        return slots.used();
    }

    /**
     * Looks at the call that a slot's thread is in.
     *
     * @return {@code false} if it is in none, or went from one to another while we looked
     */
    public boolean inProgress(int slotIndex, OperationInProgress target) {
        ThreadSlot slot = slots.owned(slotIndex);
        if (slot == null) {
            return false;
        }
        long address = slot.address;
        long operation = UNSAFE.getLongAcquire(null, address + SlotLayout.OPERATION);
        if (operation == 0) {
            return false;
        }
        long fdAndKind = UNSAFE.getLong(address + SlotLayout.FD_KIND);
        target.slotIndex = slotIndex;
        target.operation = operation;
        target.fd = (int) fdAndKind;
        target.kind = (int) (fdAndKind >>> 32);
        target.tid = slot.tid;
        target.thread = slot.threadInside();
        target.captured = UNSAFE.getLongAcquire(null, address + SlotLayout.RESULT_OPERATION) == operation;
        target.cookie = UNSAFE.getLong(address + SlotLayout.COOKIE);
        target.flags = UNSAFE.getByteAcquire(null, address + SlotLayout.FLAGS); // the programs write it last
        target.tx0 = UNSAFE.getInt(address + SlotLayout.TX0);
        UNSAFE.loadFence();
        return UNSAFE.getLong(address + SlotLayout.OPERATION) == operation;
    }

    /** Whether {@code seen} has not ended since it was looked at. */
    public boolean stillInProgress(OperationInProgress seen) {
        ThreadSlot slot = slots.owned(seen.slotIndex);
        return slot != null
                && UNSAFE.getLongAcquire(null, slot.address + SlotLayout.OPERATION) == seen.operation;
    }

    /**
     * The operation in progress as it can be told before it ends: 0 bytes, the stack taken now. Costs some tens of
     * microseconds.
     *
     * @param seen      captured and in progress
     * @param withStack whether to take the stack
     * @return {@code null} if the call ended meanwhile: its record then is in the queue, or will never be
     */
    public Operation operation(OperationInProgress seen, boolean withStack) {
        ThreadSlot slot = slots.owned(seen.slotIndex);
        Thread thread = seen.thread;
        if (slot == null || thread == null) {
            return null;
        }
        JavaStack stack = withStack ? stacks.resolve(thread.getStackTrace()) : null;
        if (!stillInProgress(seen)) {
            return null;
        }
        return new Operation(seen.operation, OperationKind.of(seen.kind),
                thread(thread.threadId(), thread.getName(), thread.isVirtual(), slot), stack, seen.cookie, 0, List.of());
    }

    /** Lets go of slots, queues and stacks; what is still queued is lost. Idempotent. */
    public void close() {
        slots.close();
        stacks.clear();
    }
}
