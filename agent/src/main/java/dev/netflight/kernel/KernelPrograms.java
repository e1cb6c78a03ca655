package dev.netflight.kernel;

import dev.netflight.libbpf.BpfLink;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.ProgramCalls;
import java.util.List;

/** The programs and maps of one capture in the kernel, whoever has loaded them. Used by the thread that controls it. */
public interface KernelPrograms extends AutoCloseable {
    /** Maps that user space works with. */
    List<String> MAPS = List.of("slots", "counters", ".data.reader", "records", "control_groups", "requests");
    /** Programs that the followed process runs, by itself and on itself. */
    List<String> CALLED = List.of("follow_process", "register_thread", "adopt_socket", "query_socket", "forget_connection",
            "sweep_datagrams", "find_control_groups");

    /** What the kernel offers, by which they were chosen. */
    KernelFeatures features();

    /** @param name one of {@link #MAPS} */
    BpfMap map(String name);

    /**
     * Runs of a program by the followed process on itself.
     *
     * @param name        one of {@link #CALLED}
     * @param contextSize bytes of its arguments
     * @param slots       how many threads can run it at a time: 1, or one for each thread slot and the controlling thread's
     */
    ProgramCalls calls(String name, int contextSize, int slots);

    /**
     * Attaches the hooks, in order. Once.
     *
     * @param withCalls whether those that tell of calls are among them; otherwise {@link #attachCalls} attaches them later
     * @return the links, whose end detaches them; for others there is {@link #detach}
     */
    List<BpfLink> attach(boolean withCalls);

    /** Whether the hooks that tell of calls may be attached after the others. */
    default boolean callsCanSleep() {
        return false;
    }

    /** Whether they are needed also for the first socket of UDP, which the filter may accept. */
    default boolean datagramsWakeCalls() {
        return false;
    }

    /** Attaches the hooks that tell of calls. @return the links, whose end detaches them */
    default List<BpfLink> attachCalls() {
        throw new IllegalStateException("They are attached with the others");
    }

    /** Detaches what is attached without a link that {@link #attach} gave. Idempotent. */
    default void detach() {}

    /** What is not captured though the capture runs: a sentence, or {@code null}. Any thread. */
    default String trouble() {
        return null;
    }

    /** Runs that the kernel skipped; a system call for each program. 0 where that is not known. */
    long recursionMisses();

    /** Who has loaded them, in words; empty for this process. */
    String loader();

    @Override
    void close();
}
