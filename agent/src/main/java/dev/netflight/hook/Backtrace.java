package dev.netflight.hook;

import java.util.Arrays;
import jdk.internal.misc.Unsafe;

/**
 * Looks into the unresolved stack that HotSpot keeps in {@code Throwable.backtrace}, so that a stack seen before is
 * known by comparing some arrays (a hundred nanoseconds) and not by resolving it (ten microseconds).
 *
 * <pre>
 * Throwable.backtrace ─► Object[]    a chunk of 32 frames, leaf first (classfile/javaClasses.cpp, BacktraceBuilder)
 *                         [0] short[32]   number of the method within its class
 *                         [1] int[32]     version of the class' constants and bytecode index
 *                         [2] Object[32]  the class
 *                         [3] long[32]    address of the method's name
 *                         [n] Object[]    next chunk or null, n being 5 in JDK 25
 * Throwable.depth      ─► int             frames in all
 * </pre>
 *
 * Two stacks whose arrays are equal resolve to the same frames. None of this is an interface of the JDK: {@link #works}
 * tells whether this JVM keeps to it, checked once with real stacks, and the callers do without where it does not (or
 * where it was told to keep fewer frames than the check needs, {@code -XX:MaxJavaStackTraceDepth}).
 */
final class Backtrace {
    static final int CHUNK = 32;
    private static final int METHODS = 0;
    private static final int INDEXES = 1;
    private static final int CLASSES = 2;
    private static final int NAMES = 3;
    private static final int KEPT = 4;

    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final long BACKTRACE = offset("backtrace");
    private static final long DEPTH = offset("depth");
    private static final int NEXT = findNext();
    private static final boolean WORKS = NEXT >= 0 && selfTest();

    private Backtrace() {}

    /** Whether this JVM keeps stacks in the way described. */
    static boolean works() {
        return WORKS;
    }

    private static long offset(String field) {
        try {
            return UNSAFE.objectFieldOffset(Throwable.class, field);
        } catch (RuntimeException | Error e) {
            return -1;
        }
    }

    /** Frames of {@code stack}; 0 if the JVM made none. */
    static int depth(Throwable stack) {
        return chunk(stack) == null ? 0 : UNSAFE.getInt(stack, DEPTH);
    }

    /**
     * Lets {@code stack}, which has more, resolve to its first {@code depth} frames only.
     *
     * @param depth a multiple of {@link #CHUNK}
     */
    static void cut(Throwable stack, int depth) {
        // both: the JVM goes by the chain and wants an array of as many elements
        Object[] chunk = chunk(stack);
        for (int done = CHUNK; done < depth; done += CHUNK) {
            chunk = (Object[]) chunk[NEXT];
        }
        chunk[NEXT] = null;
        UNSAFE.putInt(stack, DEPTH, depth);
    }

    private static Object[] chunk(Throwable stack) {
        return (Object[]) UNSAFE.getReference(stack, BACKTRACE);
    }

    /** Hash of the first {@code depth} frames, rounded up to whole chunks. */
    static int hash(Throwable stack, int depth) {
        int hash = depth;
        Object[] chunk = chunk(stack);
        for (int done = 0; done < depth; done += CHUNK) {
            hash = 31 * hash + Arrays.hashCode((short[]) chunk[METHODS]);
            hash = 31 * hash + Arrays.hashCode((int[]) chunk[INDEXES]);
            chunk = (Object[]) chunk[NEXT];
        }
        return hash ^ hash >>> 15;
    }

    /** The arrays of the first {@code depth} frames, rounded up to whole chunks: they are never written again. */
    static Object[] key(Throwable stack, int depth) {
        Object[] key = new Object[(depth + CHUNK - 1) / CHUNK * KEPT];
        Object[] chunk = chunk(stack);
        for (int i = 0; i < key.length; i += KEPT) {
            System.arraycopy(chunk, 0, key, i, KEPT);
            chunk = (Object[]) chunk[NEXT];
        }
        return key;
    }

    /** Whether {@code key} was made of an equal stack, {@code depth} being that of both. */
    static boolean matches(Object[] key, Throwable stack) {
        Object[] chunk = chunk(stack);
        for (int i = 0; i < key.length; i += KEPT) {
            if (!Arrays.equals((int[]) key[i + INDEXES], (int[]) chunk[INDEXES])
                    || !Arrays.equals((short[]) key[i + METHODS], (short[]) chunk[METHODS])
                    || !Arrays.equals((long[]) key[i + NAMES], (long[]) chunk[NAMES])
                    || !same((Object[]) key[i + CLASSES], (Object[]) chunk[CLASSES])) {
                return false;
            }
            chunk = (Object[]) chunk[NEXT];
        }
        return true;
    }

    private static boolean same(Object[] a, Object[] b) {
        for (int i = 0; i < CHUNK; i++) {
            if (a[i] != b[i]) {
                return false;
            }
        }
        return true;
    }

    /** Class of the {@code index}-th frame. */
    static Class<?> frameClass(Object[] key, int index) {
        return (Class<?>) ((Object[]) key[index / CHUNK * KEPT + CLASSES])[index % CHUNK];
    }

    // ---- self-test ----

    /** Where a chunk names the next one, or -1 if that is not to be found. */
    private static int findNext() {
        if (BACKTRACE < 0 || DEPTH < 0) {
            return -1;
        }
        if (UNSAFE.getReference(deep(2 * CHUNK), BACKTRACE) instanceof Object[] first) {
            for (int i = KEPT; i < first.length; i++) {
                if (first[i] instanceof Object[] next && next.length == first.length && next[METHODS] instanceof short[]) {
                    return i;
                }
            }
        }
        return -1;
    }

    private static boolean selfTest() {
        try {
            return sameSiteIsEqual() && otherSiteDiffers() && otherClassDiffers() && chunksAreChained()
                    && canBeCut();
        } catch (Throwable e) {
            return false;
        }
    }

    private static boolean sameSiteIsEqual() {
        Throwable[] made = new Throwable[2];
        for (int i = 0; i < 2; i++) {
            made[i] = new Throwable();
        }
        return shaped(made[0]) && equal(made[0], made[1]);
    }

    private static boolean otherSiteDiffers() {
        return !equal(new Throwable(), new Throwable());
    }

    private static boolean otherClassDiffers() {
        return !equal(TwinA.make(), TwinB.make());
    }

    private static boolean chunksAreChained() {
        Throwable[] made = new Throwable[3];
        for (int i = 0; i < 3; i++) {
            made[i] = deep(i < 2 ? 3 * CHUNK : 3 * CHUNK + 1);
        }
        return shaped(made[0]) && equal(made[0], made[1]) && !equal(made[0], made[2]);
    }

    private static boolean canBeCut() {
        Throwable stack = deep(3 * CHUNK);
        cut(stack, 2 * CHUNK);
        return stack.getStackTrace().length == 2 * CHUNK && shaped(stack);
    }

    private static Throwable deep(int more) {
        return more == 0 ? new Throwable() : deep(more - 1);
    }

    private static boolean equal(Throwable a, Throwable b) {
        int depth = depth(a);
        return depth == depth(b) && hash(a, depth) == hash(b, depth) && matches(key(a, depth), b);
    }

    /** Whether every array is as expected and the classes are those of the resolved frames. */
    private static boolean shaped(Throwable stack) {
        int depth = depth(stack);
        Object[] key = key(stack, depth);
        for (int i = 0; i < key.length; i += KEPT) {
            if (((short[]) key[i + METHODS]).length != CHUNK || ((int[]) key[i + INDEXES]).length != CHUNK
                    || ((long[]) key[i + NAMES]).length != CHUNK || ((Object[]) key[i + CLASSES]).length != CHUNK) {
                return false;
            }
        }
        StackTraceElement[] frames = stack.getStackTrace();
        if (depth < 3 || frames.length != depth) {
            return false;
        }
        for (int i = 0; i < depth; i++) {
            if (!frames[i].getClassName().equals(frameClass(key, i).getName())) {
                return false;
            }
        }
        return true;
    }

    /** Two classes that differ in nothing but their names. */
    private static final class TwinA {
        static Throwable make() {
            return new Throwable();
        }
    }

    private static final class TwinB {
        static Throwable make() {
            return new Throwable();
        }
    }
}
