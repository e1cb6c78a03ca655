package dev.netflight.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a Name Resolution Block says: addresses and the names that they had when the capture was made.
 *
 * <pre>
 *  block header   record                                                                  …
 *  0      4       8      10       12                                 padded to 32 bits
 *  +------+-------+------+--------+---------+---------------------+
 *  | type | length| type | length | address | name \0 [name \0 …] |
 *  +------+-------+------+--------+---------+---------------------+
 * </pre>
 */
public final class NameRecords {
    private static final int END = 0;
    private static final int IPV4 = 1;
    private static final int IPV6 = 2;

    private NameRecords() {}

    /** {@return the first name of each address, 4 or 16 bytes; empty for another block} Records that make no sense are passed over. */
    public static Map<ByteBuffer, String> of(OtherBlock block) {
        Map<ByteBuffer, String> names = new LinkedHashMap<>();
        if (block.type() != Pcapng.NAME_RESOLUTION_BLOCK) {
            return names;
        }
        ByteBuffer b = ByteBuffer.wrap(block.raw());
        b.order(b.getInt(0) == Pcapng.NAME_RESOLUTION_BLOCK ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int end = b.limit() - Integer.BYTES;
        for (int at = Pcapng.BLOCK_HEADER; at + Pcapng.OPTION_HEADER <= end;) {
            int type = Short.toUnsignedInt(b.getShort(at));
            int length = Short.toUnsignedInt(b.getShort(at + 2));
            int value = at + Pcapng.OPTION_HEADER;
            int address = type == IPV4 ? 4 : type == IPV6 ? 16 : 0;
            if (type == END || value + length > end) {
                break;
            }
            if (address > 0 && length > address) {
                names.putIfAbsent(ByteBuffer.wrap(block.raw(), value, address).slice(), name(block.raw(), value + address, value + length));
            }
            at = value + Pcapng.padded(length);
        }
        return names;
    }

    private static String name(byte[] bytes, int from, int limit) {
        int end = from;
        while (end < limit && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }
}
