package dev.netflight.instrument;

import dev.netflight.instrument.LibraryHooks.Library;
import dev.netflight.instrument.LibraryHooks.Site;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Weaves the classes of {@link LibraryHooks}: those that are loaded already at once, the others when they are loaded, on the
 * thread that loads them. For every other class it compares the name's end and does nothing.
 */
final class LibraryTransformer implements ClassFileTransformer {
    /** What became of the classes of one name; several loaders may have one each. */
    private static final class Met {
        int classes;
        Map<Site, String> leftOut = Map.of();
    }

    private final Instrumentation inst;
    /**
     * Taken before the JVM calls {@link #transform}. For a class that is none of ours that method touches nothing that is still to be
     * loaded or initialised: the thread holds a loader's lock there, and would wait for one that needs the class.
     */
    private final String[] owners;
    private final Predicate<Library> wanted;
    /** By class name and owner. Guarded by this. */
    private final Map<String, Map<String, Met>> met = new LinkedHashMap<>();
    private volatile boolean open = true;
    private volatile boolean queuesFit = true;

    /** @param wanted which libraries are woven */
    LibraryTransformer(Instrumentation inst, Predicate<Library> wanted) {
        this.inst = inst;
        this.wanted = wanted;
        owners = LibraryHooks.owners(wanted);
    }

    /** Begins. */
    void open() {
        if (owners.length == 0) {
            return;
        }
        inst.addTransformer(this, true);
        Retransformation.of(inst, loaded(), this::failed);
        Thread priming = new Thread(null, LibraryWeaver::prime, "netflight-weave", 0, false);
        priming.setDaemon(true);
        priming.start();
    }

    /** The owner whose name a class's name ends in, or {@code null}. */
    private String ownerOf(String name) {
        for (String owner : owners) {
            int before = name.length() - owner.length();
            if (name.endsWith(owner) && (before == 0 || name.charAt(before - 1) == '/')) {
                return owner;
            }
        }
        return null;
    }

    private List<Class<?>> loaded() {
        List<Class<?>> found = new ArrayList<>();
        for (Class<?> type : inst.getAllLoadedClasses()) {
            if (!type.isArray() && !type.isPrimitive() && !type.isHidden()
                    && ownerOf(type.getName().replace('.', '/')) != null) {
                found.add(type);
            }
        }
        return found;
    }

    private void failed(Class<?> type, String reason) {
        String name = type.getName().replace('.', '/');
        leaveOut(ownerOf(name), name, reason);
    }

    @Override
    public byte[] transform(
            Module module, ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
        // the JVM calls this for every class that is loaded anywhere
        String owner = name == null ? null : ownerOf(name);
        if (owner == null || !open) {
            return null;
        }
        try {
            LibraryWeaver.Woven woven = LibraryWeaver.weave(owner, name, bytes);
            note(owner, name, woven.leftOut(), woven.bytes() == null ? 0 : 1);
            return woven.bytes();
        } catch (RuntimeException | LinkageError e) {
            leaveOut(owner, name, e.toString());
            return null;
        }
    }

    private void leaveOut(String owner, String name, String reason) {
        Map<Site, String> leftOut = new LinkedHashMap<>();
        for (Site site : LibraryHooks.sites(owner)) {
            leftOut.put(site, reason);
        }
        note(owner, name, leftOut, 0);
    }

    private synchronized void note(String owner, String name, Map<Site, String> leftOut, int woven) {
        Met classes = met.computeIfAbsent(owner, any -> new LinkedHashMap<>()).computeIfAbsent(name, any -> new Met());
        classes.classes += woven;
        classes.leftOut = leftOut;
        for (Site site : leftOut.keySet()) {
            if (LibraryHooks.NETTY_ORIGIN.sites().contains(site)) {
                queuesFit = false;
            }
        }
    }

    /** Whether no part is missing of what follows entries through Netty's queues. Any thread. */
    boolean queuesFit() {
        return queuesFit;
    }

    /** What became of each library. */
    synchronized List<HookStatus> status() {
        List<HookStatus> status = new ArrayList<>();
        for (Library library : LibraryHooks.ALL) {
            status.add(status(library));
        }
        return status;
    }

    private HookStatus status(Library library) {
        if (!wanted.test(library)) {
            return new HookStatus(library.word(), library.gives(), false, "not needed: no recording asks for what it gives");
        }
        int classes = 0;
        Set<String> leftOut = new LinkedHashSet<>();
        for (Site site : library.sites()) {
            for (Map.Entry<String, Met> entry : met.getOrDefault(site.owner(), Map.of()).entrySet()) {
                String reason = entry.getValue().leftOut.get(site);
                if (reason != null) {
                    leftOut.add(site.place() + " (" + entry.getKey().replace('/', '.') + ": " + reason + ')');
                }
            }
        }
        for (String owner : library.sites().stream().map(Site::owner).distinct().toList()) {
            classes += met.getOrDefault(owner, Map.of()).values().stream().mapToInt(one -> one.classes).sum();
        }
        String reason = !open
                ? "taken out"
                : classes == 0 && leftOut.isEmpty()
                        ? "no such class is loaded; one that is loaded later is woven then"
                        : "woven into " + classes + (classes == 1 ? " class" : " classes")
                                + (leftOut.isEmpty() ? "" : "; left out: " + String.join(", ", leftOut));
        return new HookStatus(library.word(), library.gives(), open && classes > 0, reason);
    }

    /** Puts the classes back. To be called once. */
    void close() {
        open = false;
        if (owners.length == 0) {
            return;
        }
        // removed last, for the reason that Weaver has
        Retransformation.of(inst, loaded(), (type, reason) -> { });
        inst.removeTransformer(this);
    }
}
