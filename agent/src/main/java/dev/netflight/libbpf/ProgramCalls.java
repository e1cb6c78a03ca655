package dev.netflight.libbpf;

import java.lang.foreign.MemorySegment;

/**
 * Runs one program on the calling thread. Made for an application's threads: no run locks, blocks, allocates or initialises a class,
 * provided that one was made before. Each thread brings a slot, which no other uses at the same time.
 */
public interface ProgramCalls extends AutoCloseable {

    /** Runs it with one argument. See {@link #run(int, long, long, long)}. */
    int run(int slot, long argument);

    /**
     * Runs it with three arguments (the context has at least 24 bytes).
     *
     * @return what the program returned, or −errno if it did not run
     */
    int run(int slot, long first, long second, long third);

    /** The slot's context, to be filled before {@link #run(int)}. Allocates. */
    MemorySegment context(int slot);

    /** Runs it with the slot's context as it is. @return as {@link #run(int, long, long, long)} */
    int run(int slot);

    /** @throws BpfException if {@code answer} is negative: the sentence for a failed run */
    int checked(int answer);

    /** Lets no further run begin. Idempotent. */
    @Override
    void close();
}
