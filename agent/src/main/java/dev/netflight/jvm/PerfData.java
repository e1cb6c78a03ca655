package dev.netflight.jvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The strings of a JVM's performance data, the memory-mapped file {@code /tmp/hsperfdata_USER/PID} that HotSpot shares with
 * tools such as jps ({@code perfMemory.hpp}, version 2.0). Reading it does not touch the JVM.
 *
 * <pre>
 *  prologue  0        4       5       6       7       8      12         16      24            28          32
 *            | magic  | order | major | minor | ready | used | overflow | time  | entry offset | entries  |
 *
 *  entry     0        4             8               12     13      14      15            16            20
 *            | length | name offset | vector length | type | flags | units | variability | data offset | name, data
 * </pre>
 */
final class PerfData {
    /** HotSpot's default is 32 KiB; more than this is no performance data. */
    static final int LONGEST = 1 << 20;

    private static final int MAGIC = 0xcafec0c0;
    private static final int LITTLE_ENDIAN = 1;
    private static final int PROLOGUE = 32;
    private static final int ENTRY = 20;

    private PerfData() {}

    /** {@return the strings by their names; empty where the bytes are no performance data, as far as they are otherwise} */
    static Map<String, String> strings(byte[] file) {
        Map<String, String> strings = new HashMap<>();
        ByteBuffer data = ByteBuffer.wrap(file);
        if (file.length < PROLOGUE || data.getInt(0) != MAGIC) {
            return strings;
        }
        data.order(data.get(4) == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int at = data.getInt(24);
        int entries = data.getInt(28);
        for (int i = 0; i < entries && at >= PROLOGUE && at <= file.length - ENTRY; i++) {
            int length = data.getInt(at);
            if (length < ENTRY || length > file.length - at) {
                break;
            }
            int vector = data.getInt(at + 8);
            int value = data.getInt(at + 16);
            if (data.get(at + 12) == 'B' && vector > 0 && value >= 0 && value <= length && vector <= length - value) {
                strings.put(text(file, at + data.getInt(at + 4), at + length), text(file, at + value, at + value + vector));
            }
            at += length;
        }
        return strings;
    }

    /** {@return the text from {@code from} to its zero byte, at the most to {@code limit}} */
    private static String text(byte[] file, int from, int limit) {
        if (from < 0 || from > limit) {
            return "";
        }
        int end = from;
        while (end < limit && file[end] != 0) {
            end++;
        }
        return new String(file, from, end - from, StandardCharsets.UTF_8);
    }
}
