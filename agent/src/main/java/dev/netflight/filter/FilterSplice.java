package dev.netflight.filter;

import java.util.Arrays;

/**
 * Puts a filter into a loaded program's instructions. Each stub of {@code bpf/src/filter.h} that is in them becomes a call:
 *
 * <pre>
 *  before   filter_ethernet:  r0 = marker       after   filter_ethernet:  call +n   ─┐
 *                             exit                                        exit       │
 *           …                                           …                            │
 *                                                       the filter's own function  ◀─┘
 * </pre>
 *
 * <p>Registers 1 to 5, with what the stub was called with, reach the filter as they are. The result has to be loaded anew:
 * instructions cannot be changed in the kernel.
 */
public final class FilterSplice {
    /** What marks the stubs, in filter.h: FILTER_ETHERNET and FILTER_IP. */
    private static final int ETHERNET = 0x70634d01;
    private static final int IP = 0x70634d02;

    /** {@code w0 = imm} and {@code r0 = imm}: code, registers and offset of an instruction. */
    private static final long MOVE_32 = 0xb4;
    private static final long MOVE_64 = 0xb7;
    private static final long EXIT = 0x95;
    /** BPF_JMP | BPF_CALL with source register BPF_PSEUDO_CALL: a call relative to the next instruction. */
    private static final long CALL = 0x85 | 1 << 12;
    private static final long WITHOUT_IMMEDIATE = 0xffff_ffffL;

    private FilterSplice() {}

    /** {@return the instructions with the filter in them} @throws IllegalStateException if they have no stub */
    public static long[] into(long[] program, PacketFilter filter) {
        return into(program, filter.ethernet(), filter.ip());
    }

    static long[] into(long[] program, long[] ethernet, long[] ip) {
        long[] withEthernet = spliced(program, ETHERNET, ethernet);
        long[] withBoth = spliced(withEthernet, IP, ip);
        if (withBoth.length == program.length) {
            throw new IllegalStateException("This program has no place for a filter: object and agent are of different builds");
        }
        return withBoth;
    }

    private static long[] spliced(long[] program, int marker, long[] filter) {
        for (int at = 0; at + 1 < program.length; at++) {
            long head = program[at] & WITHOUT_IMMEDIATE;
            if ((head == MOVE_32 || head == MOVE_64) && (int) (program[at] >>> 32) == marker && program[at + 1] == EXIT) {
                long[] result = Arrays.copyOf(program, program.length + filter.length);
                result[at] = CALL | (long) (program.length - at - 1) << 32;
                System.arraycopy(filter, 0, result, program.length, filter.length);
                return result;
            }
        }
        return program;
    }
}
