package dev.netflight.hook;

import dev.netflight.model.JavaStack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes {@link JavaStack}s of unresolved stacks, equal ones being the same object. Used by the capture thread only.
 *
 * <p>A stack seen before is found by its unresolved form ({@link Backtrace}), which spares resolving it. That form
 * keeps the classes of its frames alive: entries unused for {@link #KEEP_NANOS} are dropped, and no more than
 * {@link #CAPACITY} are held.
 */
public final class StackCache {
    /** Most distinct stacks held. */
    static final int CAPACITY = 4096;
    /** How long an unused stack is held. */
    static final long KEEP_NANOS = 60_000_000_000L;
    private static final int BUCKETS = 2 * CAPACITY;
    /** Frames of ours on top of a stack, at most: {@code take captured end exit}, and the call site's own wrapper. */
    private static final int OWN_FRAMES = 8;
    private static final int STRINGS = 32_768;

    private static final class Entry {
        final int hash;
        final int depth;
        final Object[] key;
        final Interned stack;
        Entry next;

        Entry(int hash, int depth, Object[] key, Interned stack, Entry next) {
            this.hash = hash;
            this.depth = depth;
            this.key = key;
            this.stack = stack;
            this.next = next;
        }
    }

    /** A stack as its own key; the record's methods would be linked at first use, which takes 10 ms of a start. */
    private static final class Interned {
        final JavaStack stack;
        final int hash;
        long usedAt;

        Interned(JavaStack stack) {
            this.stack = stack;
            this.hash = stack.frames().hashCode();
        }

        @Override
        public boolean equals(Object object) {
            return object instanceof Interned other
                    && hash == other.hash
                    && stack.applicationFrame() == other.stack.applicationFrame()
                    && stack.truncated() == other.stack.truncated()
                    && stack.frames().equals(other.stack.frames());
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final int stackDepth;
    /** Frames of a stack that are looked at: those to keep, ours, and one to know that there are more; whole chunks. */
    private final int examined;
    private final boolean unresolved;
    private final Entry[] buckets = new Entry[BUCKETS];
    private int entries;
    private final Map<Interned, Interned> interned = new HashMap<>();
    private final Map<String, String> strings = new HashMap<>();
    /** {@code System.nanoTime()} of the newest {@link #expire}: the clock of this cache, seconds are enough for it. */
    private long now = System.nanoTime();
    private long misses;
    private long evicted;

    /** @param stackDepth frames kept of each stack, at least 1 */
    public StackCache(int stackDepth) {
        this(stackDepth, Backtrace.works());
    }

    StackCache(int stackDepth, boolean unresolved) {
        if (stackDepth < 1) {
            throw new IllegalArgumentException("stackdepth must be at least 1, not " + stackDepth);
        }
        this.stackDepth = stackDepth;
        this.examined = (Math.min(stackDepth, 1 << 20) + OWN_FRAMES + Backtrace.CHUNK) / Backtrace.CHUNK * Backtrace.CHUNK;
        this.unresolved = unresolved;
    }

    /**
     * The stack in readable form, without Netflight's frames.
     *
     * @param stack may be resolved or cut by this; {@code null} gives {@code null}
     * @return {@code null} where the JVM made no stack
     */
    public JavaStack resolve(Throwable stack) {
        if (stack == null) {
            return null;
        }
        if (!unresolved) {
            return stackOf(resolve(stack.getStackTrace(), null, 0));
        }
        int whole = Backtrace.depth(stack);
        if (whole == 0) {
            return null;
        }
        int depth = Math.min(whole, examined);
        int hash = Backtrace.hash(stack, depth);
        for (Entry entry = buckets[hash & (BUCKETS - 1)]; entry != null; entry = entry.next) {
            if (entry.hash == hash && entry.depth == depth && Backtrace.matches(entry.key, stack)) {
                entry.stack.usedAt = now;
                return entry.stack.stack;
            }
        }
        return add(stack, hash, depth);
    }

    /**
     * The stack of a read, below the handlers that were called with what it had read.
     *
     * @param handlers the innermost, or {@code null} for none
     */
    JavaStack resolve(Throwable stack, Handler handlers) {
        JavaStack read = resolve(stack);
        if (read == null || handlers == null) {
            return read;
        }
        List<String> frames = new ArrayList<>(stackDepth);
        handlers.addTo(frames, stackDepth);
        int rest = Math.min(read.frames().size(), stackDepth - frames.size());
        frames.addAll(read.frames().subList(0, rest));
        boolean truncated = read.truncated() || rest < read.frames().size();
        return intern(new JavaStack(List.copyOf(frames), 0, truncated)).stack;
    }

    /**
     * The stack of a thread that hands bytes over. Its application frame is the one that calls the library they are handed to,
     * and none of the library's.
     */
    JavaStack resolveSubmission(Throwable stack) {
        JavaStack whole = resolve(stack);
        if (whole == null || whole.applicationFrame() < 0) {
            return whole;
        }
        int caller = whole.applicationFrame();
        while (caller < whole.frames().size()
                && (Handler.isLibrarys(whole.frames().get(caller)) || ofJdk(whole.frames().get(caller)))) {
            caller++;
        }
        return caller == whole.applicationFrame() || caller == whole.frames().size() ? whole
                : intern(new JavaStack(whole.frames(), caller, whole.truncated())).stack;
    }

    /**
     * The stack of another thread that is inside a hooked call; the native method it may be in is left out, so that it
     * reads as the stack taken at the call's end does.
     */
    public JavaStack resolve(StackTraceElement[] frames) {
        int leaf = 0;
        while (leaf < frames.length && frames[leaf].isNativeMethod()) {
            leaf++;
        }
        return stackOf(resolve(frames, null, leaf));
    }

    private static JavaStack stackOf(Interned interned) {
        return interned == null ? null : interned.stack;
    }

    private JavaStack add(Throwable stack, int hash, int depth) {
        if (entries >= CAPACITY) {
            evict();
        }
        Object[] key = Backtrace.key(stack, depth);
        if (depth < Backtrace.depth(stack)) {
            Backtrace.cut(stack, depth);
        }
        Interned made = resolve(stack.getStackTrace(), key, 0);
        if (made == null) {
            return null;
        }
        int bucket = hash & (BUCKETS - 1);
        buckets[bucket] = new Entry(hash, depth, key, made, buckets[bucket]);
        entries++;
        return made.stack;
    }

    /** @param key what {@link Backtrace#key} gave for the same frames, or {@code null} */
    private Interned resolve(StackTraceElement[] elements, Object[] key, int leaf) {
        misses++;
        List<String> frames = new ArrayList<>(Math.min(elements.length, stackDepth));
        int applicationFrame = -1;
        boolean truncated = false;
        for (int i = leaf; i < elements.length; i++) {
            StackTraceElement element = elements[i];
            if (own(element)) {
                continue;
            }
            if (frames.size() == stackDepth) {
                truncated = true;
                break;
            }
            if (applicationFrame < 0 && !(key == null ? ofJdk(element) : ofJdk(Backtrace.frameClass(key, i)))) {
                applicationFrame = frames.size();
            }
            frames.add(string(element.toString()));
        }
        if (frames.isEmpty()) {
            return null;
        }
        return intern(new JavaStack(List.copyOf(frames), applicationFrame, truncated));
    }

    private Interned intern(JavaStack stack) {
        Interned made = new Interned(stack);
        Interned kept = interned.get(made);
        if (kept == null) {
            if (interned.size() >= CAPACITY) {
                evict();
            }
            interned.put(made, made);
            kept = made;
        }
        kept.usedAt = now;
        return kept;
    }

    private String string(String frame) {
        if (strings.size() >= STRINGS) {
            strings.clear(); // only spares memory: nothing depends on it
        }
        String known = strings.putIfAbsent(frame, frame);
        return known != null ? known : frame;
    }

    private static final String MODULE = StackCache.class.getModule().getName();

    /** Whether the frame is Netflight's: by its module, or where there is none by the classes that can be on a stack. */
    private static boolean own(StackTraceElement element) {
        if (MODULE != null && MODULE.equals(element.getModuleName())) {
            return true;
        }
        String name = element.getClassName();
        return name.startsWith("java.lang.NetflightHook") || name.startsWith("java.lang.NetflightOrigin")
                || name.startsWith("sun.nio.ch.NetflightNet")
                || name.equals("dev.netflight.hook.SocketHook")
                || name.equals("dev.netflight.hook.OriginHook") || name.equals("dev.netflight.hook.StackTrace");
    }

    private static boolean ofJdk(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader == ClassLoader.getPlatformClassLoader() || ofJdk(type.getModule().getName());
    }

    private static boolean ofJdk(StackTraceElement element) {
        return "platform".equals(element.getClassLoaderName()) || ofJdk(element.getModuleName());
    }

    /**
     * JDK modules on the application's loader (jdk.compiler, dynamic proxies' jdk.proxy1) by their reserved names.
     *
     * @param module or a frame's text, which begins with it
     */
    private static boolean ofJdk(String module) {
        return module != null && (module.startsWith("java.") || module.startsWith("jdk."));
    }

    /** Drops what was not used for {@link #KEEP_NANOS}; to be called about once a second. */
    public void expire() {
        expire(System.nanoTime());
    }

    void expire(long nanoTime) {
        now = nanoTime;
        dropUnusedFor(KEEP_NANOS);
    }

    /** Full: what was not used since the newest {@link #expire} goes, and if that is little, everything. */
    private void evict() {
        int before = interned.size();
        dropUnusedFor(1);
        if (interned.size() > CAPACITY / 4 * 3 || entries > CAPACITY / 4 * 3) {
            clear();
        }
        evicted += before - interned.size();
    }

    private void dropUnusedFor(long nanos) {
        int before = interned.size();
        interned.values().removeIf(stack -> now - stack.usedAt >= nanos);
        if (interned.size() == before) {
            return;
        }
        for (int i = 0; i < BUCKETS; i++) {
            Entry kept = null;
            for (Entry entry = buckets[i]; entry != null;) {
                Entry next = entry.next;
                if (now - entry.stack.usedAt < nanos) {
                    entry.next = kept;
                    kept = entry;
                } else {
                    entries--;
                }
                entry = next;
            }
            buckets[i] = kept;
        }
        if (interned.isEmpty()) {
            strings.clear();
        }
    }

    /** Forgets all stacks, so that no class is kept alive. */
    public void clear() {
        java.util.Arrays.fill(buckets, null);
        entries = 0;
        interned.clear();
        strings.clear();
    }

    /** Distinct stacks held. */
    int size() {
        return interned.size();
    }

    /** Unresolved stacks held. */
    int unresolvedSize() {
        return entries;
    }

    /** Stacks that had to be resolved. */
    public long misses() {
        return misses;
    }

    /** Stacks forgotten for want of room. */
    public long evicted() {
        return evicted;
    }
}
