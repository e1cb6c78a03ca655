package dev.netflight.model;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * IP addresses as text, IPv6 in the short form of RFC 5952, remembered: most events of a process name the same few. Any
 * thread, without a lock; of two threads that meet at one place one does the work twice.
 */
public final class AddressText {
    private static final int PLACES = 512;
    private static final long V4_MAPPED = 0xffffL;
    private static final Entry[] ENTRIES = new Entry[PLACES];

    /** Immutable, so it may be published by a race. */
    private record Entry(long high, long low, String text) {}

    private AddressText() {}

    /** {@return the text of an address, or {@code null} for {@code null}} */
    public static String of(InetAddress address) {
        if (address == null) {
            return null;
        }
        byte[] bytes = address.getAddress();
        ByteBuffer b = ByteBuffer.wrap(bytes);
        return bytes.length == 4
                ? of(0, V4_MAPPED << 32 | b.getInt() & 0xffff_ffffL)
                : of(b.getLong(), b.getLong());
    }

    /** {@return the text of an IPv6 address given as two big-endian halves; a v4-mapped one is written as IPv4} */
    public static String of(long high, long low) {
        int place = (int) ((high * 31 + low) * 0x9E3779B97F4A7C15L >>> 55);
        Entry entry = ENTRIES[place];
        if (entry == null || entry.low != low || entry.high != high) {
            boolean v4 = high == 0 && low >>> 32 == V4_MAPPED;
            entry = new Entry(high, low, v4 ? v4((int) low) : v6(high, low));
            ENTRIES[place] = entry;
        }
        return entry.text;
    }

    // StringBuilder and not "+": the latter links its call site when it is first run.

    private static String v4(int address) {
        return new StringBuilder(15)
                .append(address >>> 24).append('.')
                .append(address >>> 16 & 0xff).append('.')
                .append(address >>> 8 & 0xff).append('.')
                .append(address & 0xff)
                .toString();
    }

    private static String v6(long high, long low) {
        // The first longest run of at least two zero groups becomes "::".
        int start = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && group(high, low, end) == 0) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
            i = Math.max(i, end - 1);
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == start) {
                text.append("::");
                i += length - 1;
            } else {
                if (i > 0 && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                hexadecimal(text, group(high, low, i));
            }
        }
        return text.toString();
    }

    private static int group(long high, long low, int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> 48 - 16 * (index & 3)) & 0xffff;
    }

    private static void hexadecimal(StringBuilder text, int group) {
        boolean begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            int digit = group >>> shift & 15;
            begun |= digit != 0 || shift == 0;
            if (begun) {
                text.append((char) (digit < 10 ? '0' + digit : 'a' - 10 + digit));
            }
        }
    }
}
