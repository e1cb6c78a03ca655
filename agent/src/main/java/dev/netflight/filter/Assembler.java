package dev.netflight.filter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects eBPF instructions and resolves their jumps.
 *
 * <pre>
 *  0      8    12   16     32      64
 *  +------+----+----+------+-------+
 *  | code | dst| src| off  | imm   |     struct bpf_insn, uapi/linux/bpf.h, little-endian
 *  +------+----+----+------+-------+
 * </pre>
 */
final class Assembler {
    /** Classes. */
    static final int LDX = 0x01;
    static final int ST = 0x02;
    static final int STX = 0x03;
    static final int ALU32 = 0x04;
    static final int JMP = 0x05;
    static final int JMP32 = 0x06;
    static final int ALU64 = 0x07;

    static final int MEM = 0x60;
    static final int W = 0x00;
    static final int H = 0x08;
    static final int B = 0x10;

    /** The second operand is a register; else the immediate. */
    static final int X = 0x08;

    static final int ADD = 0x00;
    static final int AND = 0x50;
    static final int LSH = 0x60;
    static final int MOV = 0xb0;
    /** Byte order: with {@link #TO_BE} to or from big endian, of as many bits as the immediate says. */
    static final int END = 0xd0;
    static final int TO_BE = 0x08;

    static final int JA = 0x00;
    static final int JEQ = 0x10;
    static final int JGT = 0x20;
    static final int JLT = 0xa0;
    static final int JLE = 0xb0;
    private static final int EXIT = 0x90;

    /** A place in the code that jumps name before it is known. */
    static final class Label {
        private int at = -1;
        private boolean used;

        /** {@return whether a jump names it} */
        boolean isUsed() {
            return used;
        }
    }

    private record Jump(int at, Label target) {}

    private final List<Jump> jumps = new ArrayList<>();
    private long[] code = new long[256];
    private int size;

    void emit(int opcode, int target, int source, int offset, int immediate) {
        if (size == code.length) {
            code = Arrays.copyOf(code, size * 2);
        }
        code[size++] = opcode | (long) target << 8 | (long) source << 12 | (offset & 0xffffL) << 16
                | (long) immediate << 32;
    }

    void move32(int target, int immediate) {
        emit(ALU32 | MOV, target, 0, 0, immediate);
    }

    void moveRegister(int target, int source) {
        emit(ALU64 | MOV | X, target, source, 0, 0);
    }

    void load(int bytes, int target, int base, int offset) {
        emit(LDX | MEM | (bytes == 4 ? W : bytes == 2 ? H : B), target, base, offset, 0);
    }

    void store32(int base, int offset, int source) {
        emit(STX | MEM | W, base, source, offset, 0);
    }

    /** @param condition class, operation and kind of the second operand */
    void jump(int condition, int left, int right, int immediate, Label target) {
        jumps.add(new Jump(size, target));
        target.used = true;
        emit(condition, left, right, 0, immediate);
    }

    void jump(Label target) {
        jump(JMP | JA, 0, 0, 0, target);
    }

    void exit() {
        emit(JMP | EXIT, 0, 0, 0, 0);
    }

    void here(Label label) {
        label.at = size;
    }

    int size() {
        return size;
    }

    /**
     * {@return the instructions, or {@code null} if a jump is longer than the 32,767 instructions that it can be}
     */
    long[] finish() {
        for (Jump jump : jumps) {
            int offset = jump.target.at - jump.at - 1;
            if (offset != (short) offset) {
                return null;
            }
            code[jump.at] |= (offset & 0xffffL) << 16;
        }
        return Arrays.copyOf(code, size);
    }
}
