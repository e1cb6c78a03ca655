package dev.netflight.instrument;

import dev.netflight.instrument.HookTable.Hook;
import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The hooks of {@link HookTable}, woven into the JDK's classes as long as this is open.
 *
 * <p>Each class is woven where the JVM hands out its bytes: when it is loaded, which is forced, or when it is retransformed. The
 * transformer stays registered, so that a hook also outlasts the work of another agent on the same class. A class that
 * differs from the one the build has woven goes to Byte Buddy; a hook that does not fit its class is left out alone. Beside
 * them the classes of {@link LibraryHooks} are woven whenever the application has them.
 *
 * <p>The system property {@code netflight.weave} forces one way: {@code ahead} or {@code bytebuddy}.
 */
public final class Weaver implements AutoCloseable {
    private static final String AHEAD = "woven ahead of time";
    private static final String BYTE_BUDDY = "woven by Byte Buddy";

    private final Instrumentation inst;
    /** Internal names of the classes to weave. */
    private final Set<String> owners;
    private final Transformer transformer = new Transformer();
    private final LibraryTransformer libraries;

    /** The classes met in this JVM, by internal name. Guarded by this. */
    private final Map<String, Class<?>> classes = new LinkedHashMap<>();

    private boolean closed;

    private Weaver(Instrumentation inst, Predicate<String> wanted) {
        this.inst = inst;
        libraries = new LibraryTransformer(inst, library -> wanted.test(library.word()));
        owners = new LinkedHashSet<>();
        for (String owner : HookTable.owners()) {
            if (HookTable.in(owner).stream().anyMatch(hook -> wanted.test(hook.word()))) {
                owners.add(owner);
            } else {
                transformer.leaveOut(owner, owner.equals(HookTable.PROCESSES)
                        ? "not needed: no other process is followed" : "not needed: no recording asks for what it gives");
            }
        }
    }

    /**
     * Defines the hook classes and weaves. Hooks that cannot be woven are in {@link #status}; they are no error.
     *
     * <p>All that a hook may touch for the first time is touched here, since a hook on a virtual thread must not load or
     * initialise a class.
     *
     * @throws IllegalStateException if the hook classes cannot be defined; nothing is woven then
     */
    public static Weaver weave(Instrumentation inst) {
        return weave(inst, word -> true);
    }

    /**
     * The same with some of the hooks, and those that share a class with them.
     *
     * @param wanted says it of {@link HookStatus#hook}, an operation's or a library's word
     */
    public static Weaver weave(Instrumentation inst, Predicate<String> wanted) {
        HookClasses.define();
        Weaver weaver = new Weaver(inst, wanted);
        weaver.weaveAll();
        weaver.libraries.open();
        return weaver;
    }

    private synchronized void weaveAll() {
        inst.addTransformer(transformer, true);
        List<Class<?>> before = new ArrayList<>();
        for (String owner : owners) {
            try {
                Class<?> type = Class.forName(owner.replace('/', '.'), false, null);
                classes.put(owner, type);
                if (!transformer.hasMet(owner)) {
                    before.add(type);
                }
            } catch (ClassNotFoundException | LinkageError e) {
                transformer.leaveOut(owner, e.toString());
            }
        }
        retransform(before);
    }

    private void retransform(List<Class<?>> types) {
        Retransformation.of(inst, types, (type, reason) -> transformer.leaveOut(type.getName().replace('.', '/'), reason));
    }

    /** What became of each hook, in the order of the table. After {@link #close} none is active. */
    public synchronized List<HookStatus> status() {
        List<HookStatus> status = new ArrayList<>();
        for (Hook hook : HookTable.HOOKS) {
            status.add(transformer.status(hook));
        }
        return status;
    }

    /** What became of the hooks in each library that the application may load at any time. */
    public List<HookStatus> libraries() {
        return libraries.status();
    }

    /** Whether no part is missing of what follows bytes through the queues of Netty: with a part, origins could be wrong. */
    public boolean queuesFit() {
        return libraries.queuesFit();
    }

    /**
     * Takes the hooks out: the classes are again what they would be without us. A thread inside a woven method still runs that
     * method to its end. A stack taken before has to be resolved before: HotSpot knows no file and line of a method that
     * was replaced since. Does nothing the second time.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        libraries.close();
        transformer.forget();
        // Removed last: with no transformer at all HotSpot would also forget the original bytes, and whoever retransforms
        // the class after us would meet our constants in its pool.
        retransform(new ArrayList<>(classes.values()));
        inst.removeTransformer(transformer);
    }

    /** Gives the woven bytes of a class. Called by the JVM, on any thread. */
    private final class Transformer implements ClassFileTransformer {
        private final String way = System.getProperty("netflight.weave", "");

        /** For each class met: for each of its hooks that is left out, why. Guarded by this. */
        private final Map<String, Map<Hook, String>> leftOut = new HashMap<>();

        /** How each class was woven. Guarded by this. */
        private final Map<String, String> how = new HashMap<>();

        private boolean open = true;

        @Override
        public byte[] transform(
                Module module, ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
            // the JVM calls this for every class that is loaded anywhere
            if (loader != null || name == null || !owners.contains(name)) {
                return null;
            }
            return weave(name, bytes);
        }

        private synchronized byte[] weave(String owner, byte[] original) {
            if (!open) {
                return null;
            }
            try {
                byte[] ready = way.equals("bytebuddy") ? null : WeaveAhead.find(owner, original);
                if (ready != null) {
                    met(owner, AHEAD, Map.of());
                    return ready;
                }
                if (way.equals("ahead")) {
                    leaveOut(owner, "this JDK's class is not the one the build has woven, and netflight.weave=ahead");
                    return null;
                }
                ByteBuddyWeaver.Woven woven = new ByteBuddyWeaver().weave(owner, original);
                met(owner, BYTE_BUDDY, woven.leftOut());
                return woven.bytes();
            } catch (IOException | RuntimeException | LinkageError e) {
                leaveOut(owner, e.toString());
                return null;
            }
        }

        private void met(String owner, String by, Map<Hook, String> without) {
            how.put(owner, by);
            leftOut.put(owner, without);
        }

        synchronized boolean hasMet(String owner) {
            return leftOut.containsKey(owner);
        }

        synchronized void leaveOut(String owner, String reason) {
            Map<Hook, String> all = new IdentityHashMap<>();
            for (Hook hook : HookTable.in(owner)) {
                all.put(hook, reason);
            }
            leftOut.put(owner, all);
        }

        synchronized void forget() {
            open = false;
            for (String owner : HookTable.owners()) {
                leaveOut(owner, "taken out");
            }
        }

        synchronized HookStatus status(Hook hook) {
            String reason = leftOut.get(hook.owner()).get(hook);
            return new HookStatus(
                    hook.word(), hook.method(), reason == null, reason == null ? how.get(hook.owner()) : reason);
        }
    }
}
