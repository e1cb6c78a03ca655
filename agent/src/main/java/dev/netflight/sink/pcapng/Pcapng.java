package dev.netflight.sink.pcapng;

/**
 * Numbers of draft-ietf-opsawg-pcapng that are written here, by the names that it gives them.
 *
 * <pre>
 *  every block           0        4        8                      n-4      n
 *                        | type   | length | body, padded to 4 .. | length |      length = n, of the whole block
 *
 *  every option          0    2    4
 *                        |code|len | value, padded to 4 |                         len = without the padding
 *
 *  enhanced packet block 8           12          16         20         24         28
 *                        | interface | time high | time low | captured | original | data, padded to 4 | options
 *
 *  interface statistics  8           12          16         20
 *                        | interface | time high | time low | options
 * </pre>
 */
final class Pcapng {
    static final int SECTION_HEADER_BLOCK = 0x0A0D0D0A;
    static final int INTERFACE_DESCRIPTION_BLOCK = 1;
    static final int INTERFACE_STATISTICS_BLOCK = 5;
    static final int ENHANCED_PACKET_BLOCK = 6;

    static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    static final int LINKTYPE_ETHERNET = 1;

    static final int OPT_ENDOFOPT = 0;
    static final int OPT_COMMENT = 1;
    static final int SHB_HARDWARE = 2;
    static final int SHB_OS = 3;
    static final int SHB_USERAPPL = 4;
    static final int IF_NAME = 2;
    static final int IF_DESCRIPTION = 3;
    static final int IF_TSRESOL = 9;
    static final int IF_FILTER = 11;
    static final int EPB_FLAGS = 2;
    static final int EPB_DROPCOUNT = 4;
    static final int EPB_PACKETID = 5;
    static final int EPB_PROCESSID_THREADID = 8;
    static final int ISB_STARTTIME = 2;
    static final int ISB_ENDTIME = 3;
    static final int ISB_IFRECV = 4;
    static final int ISB_IFDROP = 5;
    static final int ISB_FILTERACCEPT = 6;
    static final int ISB_OSDROP = 7;
    static final int ISB_USRDELIV = 8;

    /** The two low bits of {@code epb_flags}. */
    static final int FLAG_INBOUND = 1;
    static final int FLAG_OUTBOUND = 2;

    /** Type and both lengths. */
    static final int BLOCK_OVERHEAD = 12;
    /** A block's type and first length. */
    static final int BLOCK_HEADER = 8;
    /** An option's code and length. */
    static final int OPTION_HEADER = 4;
    /** The most bytes that an option's 16-bit length can name. */
    static final int LONGEST_OPTION = 0xffff;
    /** What libpcap and Wireshark take for a whole packet, and the most that they accept. */
    static final int WHOLE_PACKET = 262_144;

    private Pcapng() {}

    /** {@return {@code length} rounded up to the 32-bit boundary that blocks and options keep} */
    static int padded(int length) {
        return (length + 3) & ~3;
    }
}
