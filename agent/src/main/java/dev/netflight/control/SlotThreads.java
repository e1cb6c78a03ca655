package dev.netflight.control;

import dev.netflight.hook.KernelThreads;
import dev.netflight.kernel.CallHooks;
import dev.netflight.kernel.CaptureProgram;
import dev.netflight.kernel.ThreadRuns;
import dev.netflight.model.OperationKind;

/** What the hooks ask of the kernel programs. On the application's threads. */
final class SlotThreads implements KernelThreads {
    private static final int READ = OperationKind.READ.code;
    private static final int RECEIVE = OperationKind.RECEIVE.code;

    private final ThreadRuns runs;
    private final CallHooks calls;

    SlotThreads(CaptureProgram program) {
        this.runs = program.threads();
        this.calls = program.calls();
    }

    @Override
    public int register(int slotIndex) {
        return runs.register(slotIndex);
    }

    @Override
    public boolean adopt(int fd, int slotIndex) {
        return runs.adopt(fd, slotIndex);
    }

    @Override
    public void wakeCalls() {
        calls.wakeIfFollowed();
    }

    @Override
    public void datagramsBegin() {
        calls.wakeForDatagrams();
    }

    @Override
    public boolean query(int fd, int kind, long bytes, int slotIndex) {
        return runs.query(fd, kind != READ && kind != RECEIVE, bytes, slotIndex);
    }
}
