package dev.netflight.filter;

/**
 * An instruction of classic BPF, {@code struct bpf_insn} of bpf(4).
 *
 * <pre>
 *  0       16   24   32      64
 *  +-------+----+----+-------+
 *  | code  | jt | jf | k     |
 *  +-------+----+----+-------+
 * </pre>
 *
 * @param code        class in the low three bits, the rest by class: {@link Classic}
 * @param ifTrue      instructions that a conditional jump skips when its condition holds, 0 to 255
 * @param ifFalse     the same when it does not
 * @param k           operand
 */
record ClassicInstruction(int code, int ifTrue, int ifFalse, int k) {

    static ClassicInstruction of(long bits) {
        return new ClassicInstruction(
                (int) bits & 0xffff, (int) (bits >>> 16) & 0xff, (int) (bits >>> 24) & 0xff, (int) (bits >>> 32));
    }
}
