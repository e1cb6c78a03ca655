package dev.netflight.read;

import java.io.IOException;
import java.util.Arrays;

/** Reads a block whose length is only claimed: memory grows with what has really come. */
final class Growing {
    private static final int FIRST = 1 << 16;

    private Growing() {}

    /**
     * {@return {@code length} bytes}
     *
     * @param start what was read already, at the begin
     * @param done  how much of {@code length} was read; what is beyond {@code start} is left zero
     */
    static byte[] read(Input in, byte[] start, int done, int length) throws IOException {
        byte[] bytes = new byte[Math.min(length, FIRST)];
        System.arraycopy(start, 0, bytes, 0, Math.min(start.length, done));
        int at = done;
        while (true) {
            in.need(bytes, at, bytes.length - at, "a block");
            at = bytes.length;
            if (at == length) {
                return bytes;
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(length, 4L * at));
        }
    }
}
