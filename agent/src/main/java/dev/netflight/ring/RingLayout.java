package dev.netflight.ring;

/**
 * What the kernel maps for a {@code BPF_MAP_TYPE_RINGBUF} of {@code size} bytes (Linux 5.8, kernel/bpf/ringbuf.c).
 *
 * <pre>
 *  offset in the map
 *  0                  page               2·page              2·page+size         2·page+2·size
 *  +------------------+------------------+-------------------+-------------------+
 *  | consumer position| producer position| data              | the same data     |
 *  | u64, read-write  | u64, read-only   | read-only         | once more         |
 *  +------------------+------------------+-------------------+-------------------+
 *
 *  a record, at a multiple of 8
 *  0              4             8                 8+length    next multiple of 8
 *  +--------------+-------------+-----------------+-----------+
 *  | length u32   | pgoff u32   | data            | padding   |
 *  | bit 31 busy  | (kernel's)  |                 |           |
 *  | bit 30 discard             |                 |           |
 *  +--------------+-------------+-----------------+-----------+
 * </pre>
 *
 * Positions count bytes since the map was made and are never reduced; {@code position & (size − 1)} is the place in the
 * data. Since the data is mapped twice in a row, a record that wraps is contiguous all the same.
 */
final class RingLayout {
    static final int BUSY = 1 << 31;
    static final int DISCARD = 1 << 30;
    static final int LENGTH_MASK = DISCARD - 1;
    static final int HEADER_BYTES = 8;

    private RingLayout() {
    }

    /** Bytes from one record's position to the next one's. */
    static int stride(int length) {
        return length + HEADER_BYTES + 7 & ~7;
    }
}
