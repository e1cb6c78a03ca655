package dev.netflight.boot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Finds each module in the folder {@code modules/<its name>/} of one jar.
 *
 * <p>A descriptor without a ModulePackages attribute, as javac writes it, costs a walk over the jar's entries, 10 ms. On
 * the way of an armed agent is no lambda, no stream and no {@code +} between strings: the first of each in a JVM costs
 * milliseconds.
 */
final class PackagedModules implements ModuleFinder {
    private static final String ROOT = "modules/";

    private final ZipFile jar;
    private final URI location;
    private final Map<String, ModuleReference> found = new HashMap<>();

    /** @param location of {@code jar}; becomes the code source of its classes */
    PackagedModules(ZipFile jar, URI location) {
        this.jar = jar;
        this.location = location;
    }

    @Override
    public synchronized Optional<ModuleReference> find(String name) {
        ModuleReference reference = found.get(name);
        if (reference == null) {
            reference = read(name);
            if (reference != null) {
                found.put(name, reference);
            }
        }
        return Optional.ofNullable(reference);
    }

    @Override
    public Set<ModuleReference> findAll() {
        Set<ModuleReference> all = new HashSet<>();
        for (String path : paths(ROOT)) {
            int end = path.indexOf('/');
            if (path.endsWith("/module-info.class") && path.indexOf('/', end + 1) < 0) {
                all.add(find(path.substring(0, end)).orElseThrow());
            }
        }
        return all;
    }

    private ModuleReference read(String name) {
        String folder = ROOT.concat(name).concat("/");
        ZipEntry info = jar.getEntry(folder.concat("module-info.class"));
        if (info == null) {
            return null;
        }
        Supplier<Set<String>> packages = new Supplier<>() {
            @Override
            public Set<String> get() {
                return packages(folder);
            }
        };
        try (InputStream in = jar.getInputStream(info)) {
            return new Reference(ModuleDescriptor.read(in, packages), folder);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + info + " of " + jar.getName(), e);
        }
    }

    private Set<String> packages(String folder) {
        Set<String> packages = new HashSet<>();
        for (String path : paths(folder)) {
            int end = path.lastIndexOf('/');
            if (end > 0 && path.endsWith(".class") && !path.startsWith("META-INF/")) {
                packages.add(path.substring(0, end).replace('/', '.'));
            }
        }
        return packages;
    }

    /** The files below {@code folder}, relative to it. */
    private List<String> paths(String folder) {
        List<String> paths = new ArrayList<>();
        for (Enumeration<? extends ZipEntry> entries = jar.entries(); entries.hasMoreElements();) {
            String path = entries.nextElement().getName();
            if (path.startsWith(folder) && !path.endsWith("/")) {
                paths.add(path.substring(folder.length()));
            }
        }
        return paths;
    }

    private final class Reference extends ModuleReference {
        private final String folder;

        Reference(ModuleDescriptor descriptor, String folder) {
            super(descriptor, location);
            this.folder = folder;
        }

        @Override
        public ModuleReader open() {
            return new Reader(folder);
        }
    }

    /** Reads one module; closing it leaves the jar open, which belongs to all. */
    private final class Reader implements ModuleReader {
        private final String folder;

        Reader(String folder) {
            this.folder = folder;
        }

        @Override
        public Optional<URI> find(String name) {
            String path = folder.concat(name);
            return jar.getEntry(path) == null
                    ? Optional.empty()
                    : Optional.of(URI.create("jar:" + location + "!/" + path.replace(" ", "%20")));
        }

        @Override
        public Optional<InputStream> open(String name) throws IOException {
            ZipEntry entry = jar.getEntry(folder.concat(name));
            return entry == null ? Optional.empty() : Optional.of(jar.getInputStream(entry));
        }

        @Override
        public Stream<String> list() {
            return paths(folder).stream();
        }

        @Override
        public void close() {}
    }
}
