package dev.netflight.filter;

import dev.netflight.filter.Assembler.Label;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Translates classic BPF into an eBPF function of its own, with the meaning that libpcap's {@code bpf_filter()} gives it.
 *
 * <pre>
 *  called with   r1 bytes, r2 length on the wire, r3 how many of them are there, r4 whether the packet leaves
 *  returns       r0 = 0 rejects, 1 accepts, 2 asked for a byte that is not there
 *
 *  registers     r6 bytes   r7 how many   r8 A   r9 X
 *  stack         -64 … -4   M[0] … M[15]
 *                -72        length        -68 whether it leaves
 * </pre>
 *
 * <p>All arithmetic is of 32 bits and unsigned, as in the original. A division by X = 0 rejects, a shift by X ≥ 32 gives 0.
 * A load reads only what has been compared with r7 before; the constant bound on the offset, which the bytes' own size
 * gives, is what the kernel's verifier asks for.
 */
final class Translator {
    /** {@code FILTER_ROOM} of filter.h: more bytes are never there. */
    static final int ROOM = 2048;

    /** Verdicts, as in filter.h. */
    private static final int REJECTS = 0;
    private static final int ACCEPTS = 1;
    private static final int WANTS_MORE = 2;

    private static final int BYTES = 6;
    private static final int PRESENT = 7;
    private static final int A = 8;
    private static final int X = 9;
    private static final int FRAME = 10;
    private static final int MEMORY = -64;
    private static final int LENGTH = -72;
    private static final int LEAVES = -68;

    private final List<ClassicInstruction> program;
    private final Assembler out = new Assembler();
    private final Label[] places;
    private final Label rejected = new Label();
    private final Label wanting = new Label();

    private Translator(List<ClassicInstruction> program) {
        this.program = program;
        this.places = new Label[program.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = new Label();
        }
    }

    /**
     * {@return the eBPF instructions}
     *
     * @throws FilterException if the program has a loop or looks at what is not the packet, or is too long
     */
    static long[] translate(List<ClassicInstruction> program) throws FilterException {
        return new Translator(program).translate();
    }

    private long[] translate() throws FilterException {
        prologue();
        boolean[] reachable = reachable();
        for (int i = 0; i < places.length; i++) {
            if (reachable[i]) {
                out.here(places[i]);
                instruction(i, program.get(i));
            }
        }
        verdict(wanting, WANTS_MORE);
        verdict(rejected, REJECTS);
        long[] code = out.finish();
        if (code == null) {
            throw new FilterException("it becomes " + out.size() + " instructions, more than a program can jump over");
        }
        return code;
    }

    private void verdict(Label label, int value) {
        if (label.isUsed()) {
            out.here(label);
            out.move32(0, value);
            out.exit();
        }
    }

    /** The verifier refuses a program with an instruction to which no way leads. */
    private boolean[] reachable() throws FilterException {
        boolean[] reachable = new boolean[places.length];
        Deque<Integer> ways = new ArrayDeque<>(List.of(0));
        while (!ways.isEmpty()) {
            int index = ways.pop();
            if (index >= places.length) {
                throw outside();
            }
            if (reachable[index]) {
                continue;
            }
            reachable[index] = true;
            ClassicInstruction c = program.get(index);
            if ((c.code() & Classic.CLASS) == Classic.JMP) {
                if ((c.code() & Classic.OPERATION) == Classic.JA) {
                    ways.push(target(index, c.k()));
                } else {
                    ways.push(target(index, c.ifTrue()));
                    ways.push(target(index, c.ifFalse()));
                }
            } else if (!endsHere(c)) {
                ways.push(index + 1);
            }
        }
        return reachable;
    }

    private static boolean endsHere(ClassicInstruction c) {
        int mode = c.code() & Classic.MODE;
        return switch (c.code() & Classic.CLASS) {
            case Classic.RET -> true;
            case Classic.LD -> (mode == Classic.ABS || mode == Classic.IND) && c.k() != Classic.PACKET_TYPE
                    && !isRoomFor(c.k(), Classic.bytes(c.code()));
            case Classic.LDX -> mode == Classic.MSH && !isRoomFor(c.k(), 1);
            case Classic.ALU -> isDivisionByZero(c);
            default -> false;
        };
    }

    private static boolean isRoomFor(int offset, int bytes) {
        return offset >= 0 && offset <= ROOM - bytes;
    }

    private static boolean isDivisionByZero(ClassicInstruction c) {
        int operation = c.code() & Classic.OPERATION;
        return (operation == Classic.DIV || operation == Classic.MOD) && (c.code() & Classic.X) == 0 && c.k() == 0;
    }

    private void prologue() {
        out.moveRegister(BYTES, 1);
        out.moveRegister(PRESENT, 3);
        out.move32(A, 0);
        out.move32(X, 0);
        out.store32(FRAME, LENGTH, 2);
        out.store32(FRAME, LEAVES, 4);
        // the verifier lets no word be read that was not written; libpcap's own code never does
        boolean[] read = new boolean[Classic.MEMORY_WORDS];
        for (ClassicInstruction each : program) {
            int kind = each.code() & Classic.CLASS;
            if ((kind == Classic.LD || kind == Classic.LDX) && (each.code() & Classic.MODE) == Classic.MEM) {
                read[each.k() & Classic.MEMORY_WORDS - 1] = true;
            }
        }
        for (int word = 0; word < read.length; word++) {
            if (read[word]) {
                out.store32(FRAME, memory(word), A);
            }
        }
    }

    private static int memory(int word) {
        return MEMORY + 4 * (word & Classic.MEMORY_WORDS - 1);
    }

    private void instruction(int index, ClassicInstruction c) throws FilterException {
        switch (c.code() & Classic.CLASS) {
            case Classic.LD -> load(c, A);
            case Classic.LDX -> load(c, X);
            case Classic.ST -> out.store32(FRAME, memory(c.k()), A);
            case Classic.STX -> out.store32(FRAME, memory(c.k()), X);
            case Classic.ALU -> arithmetic(c);
            case Classic.JMP -> jump(index, c);
            case Classic.RET -> ret(c);
            default -> {
                if ((c.code() & Classic.TXA) != 0) {
                    out.moveRegister(A, X);
                } else {
                    out.moveRegister(X, A);
                }
            }
        }
    }

    private void load(ClassicInstruction c, int target) throws FilterException {
        switch (c.code() & Classic.MODE) {
            case Classic.IMM -> out.move32(target, c.k());
            case Classic.LEN -> out.load(4, target, FRAME, LENGTH);
            case Classic.MEM -> out.load(4, target, FRAME, memory(c.k()));
            case Classic.MSH -> {
                if (isPresent(c.k(), 1)) {
                    out.load(1, X, BYTES, c.k());
                    out.emit(Assembler.ALU32 | Assembler.AND, X, 0, 0, 15);
                    out.emit(Assembler.ALU32 | Assembler.LSH, X, 0, 0, 2);
                }
            }
            case Classic.ABS -> absolute(c);
            case Classic.IND -> indirect(c);
            default -> throw unknown(c);
        }
    }

    private void absolute(ClassicInstruction c) throws FilterException {
        int bytes = Classic.bytes(c.code());
        if (c.k() == Classic.PACKET_TYPE) {
            out.load(4, A, FRAME, LEAVES);
            out.emit(Assembler.ALU32 | Assembler.LSH, A, 0, 0, Integer.numberOfTrailingZeros(Classic.OUTGOING));
        } else if (Integer.compareUnsigned(c.k(), Classic.ANCILLARY) >= 0) {
            throw new FilterException("it asks for something that is not in the packet (ancillary data "
                    + (c.k() - Classic.ANCILLARY) + ")");
        } else if (isPresent(c.k(), bytes)) {
            out.load(bytes, A, BYTES, c.k());
            toHostOrder(bytes);
        }
    }

    /** Emits the test of a constant offset. @return whether code behind it can be reached */
    private boolean isPresent(int offset, int bytes) {
        if (!isRoomFor(offset, bytes)) {
            out.jump(wanting);
            return false;
        }
        out.jump(Assembler.JMP32 | Assembler.JLT, PRESENT, 0, offset + bytes, wanting);
        return true;
    }

    /** The sum of X and k has 33 bits: one that runs over is beyond the packet, as bpf_filter() has it too. */
    private void indirect(ClassicInstruction c) {
        int bytes = Classic.bytes(c.code());
        if (!isRoomFor(c.k(), bytes)) {
            out.jump(wanting);
            return;
        }
        out.moveRegister(1, X);
        out.emit(Assembler.ALU64 | Assembler.ADD, 1, 0, 0, c.k());
        out.jump(Assembler.JMP | Assembler.JGT, 1, 0, ROOM - bytes, wanting);
        out.moveRegister(2, 1);
        out.emit(Assembler.ALU64 | Assembler.ADD, 2, 0, 0, bytes);
        out.jump(Assembler.JMP | Assembler.JGT | Assembler.X, 2, PRESENT, 0, wanting);
        out.emit(Assembler.ALU64 | Assembler.ADD | Assembler.X, 1, BYTES, 0, 0);
        out.load(bytes, A, 1, 0);
        toHostOrder(bytes);
    }

    private void toHostOrder(int bytes) {
        if (bytes > 1) {
            out.emit(Assembler.ALU32 | Assembler.END | Assembler.TO_BE, A, 0, 0, 8 * bytes);
        }
        if (bytes == 2) {
            // says to the verifiers of 6.1 and 6.12 what the swap has made them forget
            out.emit(Assembler.ALU32 | Assembler.AND, A, 0, 0, 0xffff);
        }
    }

    private void arithmetic(ClassicInstruction c) {
        int operation = c.code() & Classic.OPERATION;
        boolean byX = (c.code() & Classic.X) != 0;
        boolean shift = operation == Classic.LSH || operation == Classic.RSH;
        if (operation == Classic.NEG) {
            out.emit(Assembler.ALU32 | Classic.NEG, A, 0, 0, 0);
        } else if (byX && shift) {
            Label small = new Label();
            Label done = new Label();
            out.jump(Assembler.JMP32 | Assembler.JLE, X, 0, 31, small);
            out.move32(A, 0);
            out.jump(done);
            out.here(small);
            out.emit(Assembler.ALU32 | operation | Assembler.X, A, X, 0, 0);
            out.here(done);
        } else if (byX) {
            if (operation == Classic.DIV || operation == Classic.MOD) {
                out.jump(Assembler.JMP32 | Assembler.JEQ, X, 0, 0, rejected);
            }
            out.emit(Assembler.ALU32 | operation | Assembler.X, A, X, 0, 0);
        } else if (shift && Integer.compareUnsigned(c.k(), 31) > 0) {
            out.move32(A, 0);
        } else if (isDivisionByZero(c)) {
            out.jump(rejected);
        } else {
            out.emit(Assembler.ALU32 | operation, A, 0, 0, c.k());
        }
    }

    private void jump(int index, ClassicInstruction c) throws FilterException {
        int operation = c.code() & Classic.OPERATION;
        if (operation == Classic.JA) {
            out.jump(places[target(index, c.k())]);
            return;
        }
        boolean byX = (c.code() & Classic.X) != 0;
        out.jump(Assembler.JMP32 | operation | (byX ? Assembler.X : 0), A, byX ? X : 0, byX ? 0 : c.k(),
                places[target(index, c.ifTrue())]);
        if (c.ifFalse() != 0) {
            out.jump(places[target(index, c.ifFalse())]);
        }
    }

    private int target(int index, int skipped) throws FilterException {
        long target = (long) index + 1 + skipped;
        if (skipped < 0 && target >= 0) {
            throw new FilterException("it has a loop, which a program in the kernel must not have: libpcap compiles"
                    + " protochain to one. To test the first header after that of IP write proto in place of protochain");
        }
        if (target < 0 || target >= places.length) {
            throw outside();
        }
        return (int) target;
    }

    private static FilterException outside() {
        return new FilterException("libpcap made a program that leaves itself");
    }

    private void ret(ClassicInstruction c) {
        if ((c.code() & Classic.RETURNS_A) != 0) {
            out.jump(Assembler.JMP32 | Assembler.JEQ, A, 0, 0, rejected);
            out.move32(0, ACCEPTS);
        } else {
            out.move32(0, c.k() == 0 ? REJECTS : ACCEPTS);
        }
        out.exit();
    }

    private static FilterException unknown(ClassicInstruction c) {
        return new FilterException("libpcap made an instruction that is not known here (code "
                + Integer.toHexString(c.code()) + ")");
    }
}
