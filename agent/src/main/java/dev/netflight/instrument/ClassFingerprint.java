package dev.netflight.instrument;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A number that two class files share when they differ in nothing but the order of their members and attributes.
 *
 * <p>A class file that the JVM hands to a transformer is seldom the file it was loaded from: HotSpot writes it anew from what
 * it has in memory, the same constant pool, but the methods in the order of their names' addresses, which changes from one
 * JVM to the next. So each member and each attribute is hashed by itself and the hashes are added up.
 *
 * <p>Made of two checksums that the JVM computes natively also before anything is compiled, 64 bits. A message digest would
 * cost 25 ms at start and protect against nobody: who can choose the bytes of {@code java.base} is in the JVM already.
 */
final class ClassFingerprint {
    private final CRC32 crc = new CRC32();
    private final CRC32C crcC = new CRC32C();
    private final byte[] file;

    /** Constant pool index of the attribute name {@code Code}. */
    private int code;

    /** Where the parser is. */
    private int at;

    private ClassFingerprint(byte[] file) {
        this.file = file;
    }

    /** @throws IndexOutOfBoundsException or IllegalArgumentException if {@code classFile} is not one */
    static long of(byte[] classFile) {
        return new ClassFingerprint(classFile).parse();
    }

    private long parse() {
        at = 8; // magic, version
        constantPool();
        at += 6; // access flags, this, super
        at += 2 + 2 * u2(at); // interfaces
        long print = range(0, at);
        print += mix(members() + 1);
        print += mix(members() + 2);
        print += mix(attributes() + 3);
        if (at != file.length) {
            throw new IllegalArgumentException("class file goes on after its end at " + at);
        }
        return print;
    }

    private void constantPool() {
        int count = u2(at);
        at += 2;
        for (int index = 1; index < count; index++) {
            int tag = file[at];
            switch (tag) {
                case 1 -> { // Utf8
                    int length = u2(at + 1);
                    if (length == 4 && file[at + 3] == 'C' && file[at + 4] == 'o' && file[at + 5] == 'd' && file[at + 6] == 'e') {
                        code = index;
                    }
                    at += 3 + length;
                }
                case 3, 4, 9, 10, 11, 12, 17, 18 -> at += 5; // Integer, Float, *ref, NameAndType, Dynamic, InvokeDynamic
                case 5, 6 -> { // Long, Double
                    at += 9;
                    index++;
                }
                case 7, 8, 16, 19, 20 -> at += 3; // Class, String, MethodType, Module, Package
                case 15 -> at += 4; // MethodHandle
                default -> throw new IllegalArgumentException("constant pool tag " + tag + " at " + at);
            }
        }
    }

    private long members() {
        int count = u2(at);
        at += 2;
        long sum = count;
        for (int i = 0; i < count; i++) {
            long member = range(at, at + 6); // access flags, name, descriptor
            at += 6;
            sum += mix(member + attributes());
        }
        return sum;
    }

    private long attributes() {
        int count = u2(at);
        at += 2;
        long sum = count;
        for (int i = 0; i < count; i++) {
            int name = u2(at);
            int start = at;
            int end = at + 6 + (u2(at + 2) << 16 | u2(at + 4));
            if (name == code) {
                at += 6 + 4; // header, max stack, max locals
                at += 4 + (u2(at) << 16 | u2(at + 2)); // code
                at += 2 + 8 * u2(at); // exception table
                long body = range(start, at);
                sum += mix(body + attributes());
            } else {
                sum += mix(range(start, end));
            }
            at = end;
        }
        return sum;
    }

    private long range(int start, int end) {
        crc.reset();
        crc.update(file, start, end - start);
        crcC.reset();
        crcC.update(file, start, end - start);
        return crc.getValue() << 32 | crcC.getValue();
    }

    /** SplitMix64's finaliser: checksums are linear, sums of them would be too. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    private int u2(int offset) {
        return (file[offset] & 0xff) << 8 | file[offset + 1] & 0xff;
    }
}
