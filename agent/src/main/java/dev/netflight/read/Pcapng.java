package dev.netflight.read;

/** Numbers of draft-ietf-opsawg-pcapng that are read here, by the names that it gives them. */
final class Pcapng {
    static final int SECTION_HEADER_BLOCK = 0x0A0D0D0A;
    static final int INTERFACE_DESCRIPTION_BLOCK = 1;
    /** Obsolete: interface u16, drops u16, time, captured, original. */
    static final int PACKET_BLOCK = 2;
    static final int SIMPLE_PACKET_BLOCK = 3;
    static final int NAME_RESOLUTION_BLOCK = 4;
    static final int INTERFACE_STATISTICS_BLOCK = 5;
    static final int ENHANCED_PACKET_BLOCK = 6;
    static final int DECRYPTION_SECRETS_BLOCK = 10;

    static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;

    static final int OPT_ENDOFOPT = 0;
    static final int OPT_COMMENT = 1;
    static final int IF_NAME = 2;
    static final int IF_DESCRIPTION = 3;
    static final int IF_TSRESOL = 9;
    static final int IF_TSOFFSET = 14;
    /** Of a Packet Block and of an Enhanced Packet Block. */
    static final int PACKET_FLAGS = 2;
    static final int EPB_DROPCOUNT = 4;
    static final int EPB_PACKETID = 5;

    /** Type and both lengths. */
    static final int BLOCK_OVERHEAD = 12;
    static final int BLOCK_HEADER = 8;
    static final int OPTION_HEADER = 4;

    private Pcapng() {}

    /** {@return {@code length} rounded up to the 32-bit boundary that blocks and options keep} */
    static int padded(int length) {
        return (length + 3) & ~3;
    }
}
