package dev.netflight.sink.pcapng;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A reader of pcapng for tests: strict, and independent of the writer's code. */
final class Blocks {
    record Option(int code, byte[] value) {
        String text() {
            return new String(value, StandardCharsets.UTF_8);
        }

        int u32(int offset) {
            return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
        }

        long u64() {
            return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        }
    }

    /** @param end offset in the file of the byte after the block */
    record Block(int type, byte[] body, List<Option> options, int end) {
        int u32(int offset) {
            return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
        }

        List<String> comments() {
            return options.stream().filter(o -> o.code == 1).map(Option::text).toList();
        }

        Option option(int code) {
            return options.stream().filter(o -> o.code == code).findFirst().orElseThrow();
        }

        boolean has(int code) {
            return options.stream().anyMatch(o -> o.code == code);
        }

        /** The time of a packet or statistics block in nanoseconds. */
        long nanos() {
            return (long) u32(4) << 32 | u32(8) & 0xffffffffL;
        }

        byte[] data() {
            return java.util.Arrays.copyOfRange(body, 20, 20 + u32(12));
        }
    }

    private Blocks() {}

    static List<Block> read(Path file) throws IOException {
        return parse(Files.readAllBytes(file));
    }

    static List<Block> packets(Path file) throws IOException {
        return ofType(file, 6);
    }

    static List<Block> ofType(Path file, int type) throws IOException {
        return read(file).stream().filter(b -> b.type == type).toList();
    }

    /** @throws AssertionError unless {@code bytes} are complete, well-formed blocks and nothing else */
    static List<Block> parse(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var blocks = new ArrayList<Block>();
        int at = 0;
        while (at < bytes.length) {
            check(bytes.length - at >= 12, "a block is cut");
            int length = b.getInt(at + 4);
            check(length >= 12 && length % 4 == 0 && at + length <= bytes.length, "bad block length " + length);
            check(b.getInt(at + length - 4) == length, "the lengths differ");
            int type = b.getInt(at);
            byte[] body = new byte[length - 12];
            b.get(at + 8, body);
            int options = switch (type) {
                case 0x0A0D0D0A -> 16;
                case 1 -> 8;
                case 5 -> 12;
                case 6 -> 20 + (b.getInt(at + 20) + 3 & ~3);
                default -> throw new AssertionError("block type " + type);
            };
            blocks.add(new Block(type, body, options(body, options), at + length));
            at += length;
        }
        return blocks;
    }

    private static List<Option> options(byte[] body, int offset) {
        ByteBuffer b = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        var options = new ArrayList<Option>();
        int at = offset;
        while (true) {
            check(body.length - at >= 4, "no opt_endofopt");
            int code = b.getShort(at) & 0xffff;
            int length = b.getShort(at + 2) & 0xffff;
            at += 4;
            if (code == 0) {
                check(length == 0 && at == body.length, "opt_endofopt is not the end");
                return options;
            }
            byte[] value = new byte[length];
            b.get(at, value);
            for (at += length; at % 4 != 0; at++) {
                check(body[at] == 0, "padding is not zero");
            }
            options.add(new Option(code, value));
        }
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }
}
