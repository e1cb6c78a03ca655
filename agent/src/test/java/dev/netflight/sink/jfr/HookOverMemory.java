package dev.netflight.sink.jfr;

import dev.netflight.hook.KernelThreads;
import dev.netflight.hook.OperationListener;
import dev.netflight.hook.SlotLayout;
import dev.netflight.hook.SocketHook;
import dev.netflight.hook.StackPolicy;
import dev.netflight.model.OperationKind;
import java.io.FileDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The real socket hook, over slots in plain memory that this class fills in the kernel's place. */
final class HookOverMemory implements AutoCloseable {
    static final long COOKIE = 0x1_0000_0001L;

    private static final int SLOTS = 64;
    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.nativeOrder());

    // Never freed: a thread may still be inside the hook.
    private final MemorySegment memory = Arena.global().allocate((long) SLOTS * SlotLayout.SIZE, SlotLayout.SIZE);
    private final FileDescriptor fd = new FileDescriptor();

    HookOverMemory(OperationListener listener) {
        KernelThreads kernel = new KernelThreads() {
            @Override
            public int register(int slotIndex) {
                return 1_000 + slotIndex;
            }

            @Override
            public boolean adopt(int fd, int slotIndex) {
                return false;
            }

            @Override
            public boolean query(int fd, int kind, long bytes, int slotIndex) {
                return false;
            }
        };
        NetflightHook1.install(new SocketHook(memory.address(), SLOTS, kernel, StackPolicy.off(), listener, false));
    }

    /** One woven call, of which the kernel captured the operation; returns the operation's number. */
    long call(OperationKind kind, long result) {
        long operation = NetflightHook1.enter(kind.code, fd);
        MemorySegment slot = memory.asSlice((long) SlotLayout.slotIndex(operation) * SlotLayout.SIZE, SlotLayout.SIZE);
        slot.set(ValueLayout.JAVA_LONG, SlotLayout.RESULT_OPERATION, operation);
        slot.set(ValueLayout.JAVA_LONG, SlotLayout.COOKIE, COOKIE);
        MemorySegment.copy(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 1}, 0, slot,
                ValueLayout.JAVA_BYTE, SlotLayout.REMOTE_ADDRESS, 16);
        slot.set(PORT, SlotLayout.REMOTE_PORT, (short) 443);
        slot.set(PORT, SlotLayout.LOCAL_PORT, (short) 50_000);
        slot.set(ValueLayout.JAVA_INT, SlotLayout.SRTT_MICROS, 1_250);
        slot.set(ValueLayout.JAVA_INT, SlotLayout.SND_CWND, 10);
        slot.set(ValueLayout.JAVA_BYTE, SlotLayout.FLAGS, (byte) SlotLayout.STATE);
        NetflightHook1.exit(operation, kind.code, fd, result);
        return operation;
    }

    /** One woven call on a socket that is not captured. */
    void uncaptured(OperationKind kind) {
        NetflightHook1.exit(NetflightHook1.enter(kind.code, fd), kind.code, fd, 1);
    }

    @Override
    public void close() {
        NetflightHook1.install(null);
    }
}
