package dev.netflight.text;

/** A run of captured bytes, big-endian as networks are. Reading beyond its end throws {@link CutOff}. */
final class Octets {
    /** The captured bytes end before what is to be read; tcpdump's {@code [|tcp]}. */
    static final class CutOff extends RuntimeException {
        private static final long serialVersionUID = 1;
        private static final CutOff INSTANCE = new CutOff();

        private CutOff() {
            super(null, null, false, false);
        }
    }

    private final byte[] bytes;
    private final int start;
    private final int end;

    Octets(byte[] bytes, int start, int length) {
        this.bytes = bytes;
        this.start = start;
        this.end = start + length;
    }

    int length() {
        return end - start;
    }

    /** {@return whether so many bytes are there from {@code at} on} */
    boolean has(int at, int count) {
        return at >= 0 && count >= 0 && at <= length() - count;
    }

    void need(int at, int count) {
        if (!has(at, count)) {
            throw CutOff.INSTANCE;
        }
    }

    /** {@return what stands from {@code at} on} */
    Octets from(int at) {
        need(at, 0);
        return new Octets(bytes, start + at, end - start - at);
    }

    /** {@return the first {@code length} of them, or all where there are fewer} */
    Octets atMost(int length) {
        return length >= length() ? this : new Octets(bytes, start, Math.max(0, length));
    }

    int u8(int at) {
        need(at, 1);
        return bytes[start + at] & 0xff;
    }

    int u16(int at) {
        need(at, 2);
        return (bytes[start + at] & 0xff) << 8 | bytes[start + at + 1] & 0xff;
    }

    int u24(int at) {
        return u16(at) << 8 | u8(at + 2);
    }

    long u32(int at) {
        return Integer.toUnsignedLong(i32(at));
    }

    int i32(int at) {
        return u16(at) << 16 | u16(at + 2);
    }

    long i64(int at) {
        return u32(at) << 32 | u32(at + 4);
    }

    /** {@return the ones' complement sum of RFC 1071 over {@code length} bytes, folded to 16 bits} */
    int sum(int at, int length) {
        need(at, length);
        long sum = 0;
        for (int i = 0; i + 1 < length; i += 2) {
            sum += u16(at + i);
        }
        if ((length & 1) != 0) {
            sum += u8(at + length - 1) << 8;
        }
        return fold(sum);
    }

    static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }

    /** {@return ASCII text, other characters as dots} */
    String ascii(int at, int length) {
        need(at, length);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int c = u8(at + i);
            text.append(c >= ' ' && c < 0x7f ? (char) c : '.');
        }
        return text.toString();
    }
}
