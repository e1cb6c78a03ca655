package dev.netflight.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Classic BPF made up by chance: valid, without loops, and with instructions that libpcap's compiler seldom or never makes. */
final class RandomPrograms {
    private static final int[] OPERATIONS = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0};
    private static final int[] JUMPS = {0x10, 0x20, 0x30, 0x40};
    private static final int[] SIZES = {Classic.W, Classic.H, Classic.B};
    private static final int[] VALUES = {0, 1, 2, 3, 4, 6, 14, 20, 31, 32, 33, 64, 255, 256, 65535, 0x800, 0x86dd, 0x7fffffff,
        0x80000000, -1, -2};

    private final Random random;

    RandomPrograms(Random random) {
        this.random = random;
    }

    List<ClassicInstruction> next() {
        List<ClassicInstruction> program = new ArrayList<>();
        // libpcap's interpreter leaves scratch memory as it finds it
        for (int word = 0; word < Classic.MEMORY_WORDS; word++) {
            program.add(new ClassicInstruction(Classic.ST, 0, 0, word));
        }
        int body = 1 + random.nextInt(40);
        for (int i = 0; i < body; i++) {
            program.add(instruction(body - i));
        }
        program.add(new ClassicInstruction(Classic.RET | Classic.RETURNS_A, 0, 0, 0));
        return program;
    }

    /** @param left instructions up to the last, at least 1 */
    private ClassicInstruction instruction(int left) {
        return switch (random.nextInt(16)) {
            case 0 -> plain(Classic.LD | Classic.IMM, one(VALUES));
            case 1 -> plain(Classic.LDX | Classic.IMM, one(VALUES));
            case 2, 3 -> plain(Classic.LD | Classic.ABS | one(SIZES), offset());
            case 4, 5 -> plain(Classic.LD | Classic.IND | one(SIZES), offset());
            case 6 -> plain(Classic.LDX | Classic.MSH | Classic.B, offset());
            case 7 -> plain(Classic.LD | Classic.LEN, 0);
            case 8 -> plain((random.nextBoolean() ? Classic.LD : Classic.LDX) | Classic.MEM, random.nextInt(16));
            case 9 -> plain(random.nextBoolean() ? Classic.ST : Classic.STX, random.nextInt(16));
            case 10 -> plain(Classic.MISC | (random.nextBoolean() ? Classic.TXA : 0), 0);
            case 11, 12 -> arithmetic();
            case 13 -> plain(Classic.JMP | Classic.JA, random.nextInt(left));
            case 14 -> random.nextInt(4) == 0 ? plain(Classic.RET, random.nextInt(2)) : jump(left);
            default -> jump(left);
        };
    }

    private ClassicInstruction arithmetic() {
        int operation = one(OPERATIONS);
        if (operation != Classic.NEG && random.nextBoolean()) {
            return plain(Classic.ALU | operation | Classic.X, 0);
        }
        int value = one(VALUES);
        boolean divides = operation == Classic.DIV || operation == Classic.MOD;
        boolean shifts = operation == Classic.LSH || operation == Classic.RSH;
        return plain(Classic.ALU | operation, divides && value == 0 ? 7 : shifts ? value & 31 : value);
    }

    private ClassicInstruction jump(int left) {
        int most = Math.min(left, 256);
        return new ClassicInstruction(Classic.JMP | one(JUMPS) | (random.nextBoolean() ? Classic.X : 0),
                random.nextInt(most), random.nextInt(most), one(VALUES));
    }

    private int offset() {
        return switch (random.nextInt(10)) {
            case 0 -> 2040 + random.nextInt(20);
            case 1 -> random.nextInt(5000);
            case 2 -> Integer.MAX_VALUE - random.nextInt(3);
            default -> random.nextInt(80);
        };
    }

    private static ClassicInstruction plain(int code, int k) {
        return new ClassicInstruction(code, 0, 0, k);
    }

    private int one(int[] of) {
        return of[random.nextInt(of.length)];
    }
}
