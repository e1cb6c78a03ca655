package dev.netflight.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The options of one block, one after the other. */
final class PcapngOptions {
    private final ByteBuffer block;
    private final long begin;
    private int code;
    private int length;
    private int at;

    /** @param block from the first option to the end of the last; @param begin where the block begins, for messages */
    PcapngOptions(ByteBuffer block, long begin) {
        this.block = block;
        this.begin = begin;
    }

    /** Goes to the next one. @return whether there is one */
    boolean next() throws CaptureFormatException {
        if (block.remaining() < Pcapng.OPTION_HEADER) {
            return false;
        }
        code = Short.toUnsignedInt(block.getShort());
        length = Short.toUnsignedInt(block.getShort());
        if (code == Pcapng.OPT_ENDOFOPT) {
            return false;
        }
        if (Pcapng.padded(length) > block.remaining()) {
            throw PcapngReader.damaged("the block", begin, "has an option " + code + " that is longer than the block");
        }
        at = block.position();
        block.position(at + Pcapng.padded(length));
        return true;
    }

    int code() {
        return code;
    }

    int length() {
        return length;
    }

    /** {@return its value, in the section's byte order} */
    ByteBuffer value() {
        return block.slice(at, length).order(block.order());
    }

    /** {@return its value as a text} A closing zero byte, which some writers add, is left out. */
    String text() {
        int end = length;
        while (end > 0 && block.get(at + end - 1) == 0) {
            end--;
        }
        return new String(block.array(), block.arrayOffset() + at, end, StandardCharsets.UTF_8);
    }
}
