package dev.netflight.control;

import dev.netflight.attribute.Attributor;
import dev.netflight.hook.OperationInProgress;
import dev.netflight.hook.Operations;
import dev.netflight.hook.SlotLayout;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;

/** Finds the thread that is just sending or connecting on a socket, for packets that leave long before their call ends. */
final class SlotCalls implements Attributor.CallsInProgress {
    private final Operations operations;
    private final boolean stacks;
    private final OperationInProgress seen = new OperationInProgress();
    private Attributor.Sending last;

    SlotCalls(Operations operations, boolean stacks) {
        this.operations = operations;
        this.stacks = stacks;
    }

    @Override
    public Attributor.Sending sending(long cookie) {
        for (int slot = 0, slots = operations.slotCount(); slot < slots; slot++) {
            if (operations.inProgress(slot, seen) && seen.captured && seen.cookie == cookie
                    && (seen.flags & SlotLayout.BEGUN) != 0) {
                return describe();
            }
        }
        return null;
    }

    @Override
    public Operation connecting(long cookie) {
        for (int slot = 0, slots = operations.slotCount(); slot < slots; slot++) {
            if (operations.inProgress(slot, seen) && seen.captured && seen.cookie == cookie
                    && seen.kind == OperationKind.CONNECT.code && (seen.flags & SlotLayout.STATE) != 0) {
                return operations.operation(seen, stacks);
            }
        }
        return null;
    }

    /** A stack costs tens of microseconds, and a long call sends many packets. */
    private Attributor.Sending describe() {
        if (last == null || last.operation().id() != seen.operation) {
            Operation operation = operations.operation(seen, stacks);
            last = operation == null ? null : new Attributor.Sending(operation, seen.tx0);
        }
        return last;
    }
}
