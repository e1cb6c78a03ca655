package dev.netflight.filter;

/** Numbers of classic BPF, by the names of bpf(4) without their prefix. */
final class Classic {
    /** Classes, and the mask that gives them. */
    static final int CLASS = 0x07;
    static final int LD = 0;
    static final int LDX = 1;
    static final int ST = 2;
    static final int STX = 3;
    static final int ALU = 4;
    static final int JMP = 5;
    static final int RET = 6;
    static final int MISC = 7;

    /** Sizes of a load. */
    static final int SIZE = 0x18;
    static final int W = 0x00;
    static final int H = 0x08;
    static final int B = 0x10;

    /** Modes of a load. */
    static final int MODE = 0xe0;
    static final int IMM = 0x00;
    static final int ABS = 0x20;
    static final int IND = 0x40;
    static final int MEM = 0x60;
    static final int LEN = 0x80;
    static final int MSH = 0xa0;

    /** Operations; eBPF has the same numbers for them. */
    static final int OPERATION = 0xf0;
    static final int DIV = 0x30;
    static final int AND = 0x50;
    static final int LSH = 0x60;
    static final int RSH = 0x70;
    static final int NEG = 0x80;
    static final int MOD = 0x90;
    static final int JA = 0x00;
    static final int JEQ = 0x10;
    static final int JGT = 0x20;
    static final int JGE = 0x30;
    static final int JSET = 0x40;

    /** The second operand of ALU and JMP is X; else k. */
    static final int X = 0x08;
    /** What RET returns is A; else k. */
    static final int RETURNS_A = 0x10;
    /** MISC: A becomes X; else X becomes A. */
    static final int TXA = 0x80;

    /** Words of scratch memory. */
    static final int MEMORY_WORDS = 16;

    /**
     * Linux: absolute loads from here on ({@code SKF_AD_OFF}, uapi/linux/filter.h) are not of the packet but about it.
     */
    static final int ANCILLARY = 0xfffff000;
    /** The packet's type, {@code SKF_AD_PKTTYPE}: what {@code inbound} and {@code outbound} look at. */
    static final int PACKET_TYPE = ANCILLARY + 4;
    /** {@code PACKET_OUTGOING} of uapi/linux/if_packet.h. */
    static final int OUTGOING = 4;

    private Classic() {}

    /** {@return bytes that a load of this code takes} */
    static int bytes(int code) {
        return switch (code & SIZE) {
            case W -> 4;
            case H -> 2;
            default -> 1;
        };
    }
}
