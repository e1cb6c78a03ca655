package dev.netflight.boot;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.CodeSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;

/**
 * The core's module layer: everything in the jar's folder {@code modules/}, in one loader whose parent is the platform's,
 * so that the application and the core never see each other's classes.
 */
final class Core {
    private static final String NAME = "dev.netflight.agent";

    private final ModuleLayer.Controller controller;
    private final Module module;

    private Core(ModuleLayer.Controller controller) {
        this.controller = controller;
        this.module = controller.layer().findModule(NAME).orElseThrow();
    }

    /**
     * Makes a new layer. The jar stays open as long as the JVM lives, since classes are loaded from it at any time.
     *
     * @param commandLine whether the command line's modules are needed as well
     */
    static Core load(boolean commandLine) throws IOException, URISyntaxException {
        CodeSource source = Core.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new IOException("its boot class does not come from a jar; put netflight.jar on no boot class path");
        }
        URI location = source.getLocation().toURI();
        ZipFile jar = new ZipFile(new File(location));
        ModuleFinder finder = new PackagedModules(jar, location);

        // A module that needs more than the application's JVM has (--limit-modules) is left out, not fatal.
        ModuleLayer boot = ModuleLayer.boot();
        Set<String> roots = new HashSet<>();
        roots.add(NAME);
        addIf(boot.findModule("jdk.jfr").isPresent(), "dev.netflight.jfr", finder, roots);
        addIf(boot.findModule("java.management").isPresent(), "dev.netflight.jmx", finder, roots);
        addIf(commandLine, "info.picocli", finder, roots);

        Configuration configuration = boot.configuration().resolve(finder, ModuleFinder.of(), roots);
        return new Core(ModuleLayer.defineModulesWithOneLoader(
                configuration, List.of(boot), ClassLoader.getPlatformClassLoader()));
    }

    private static void addIf(boolean wanted, String name, ModuleFinder finder, Set<String> roots) {
        if (wanted && finder.find(name).isPresent()) {
            roots.add(name);
        }
    }

    /**
     * Lets the core, and it alone, at those parts of {@code java.base} that it needs: the hook class is defined into
     * {@code java.lang} and {@code sun.nio.ch}; native access is granted through {@code jdk.internal.access}.
     */
    void openJavaBase(Instrumentation inst) {
        Set<Module> core = Set.of(module);
        inst.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("jdk.internal.access", core, "jdk.internal.misc", core),
                Map.of("java.lang", core, "sun.nio.ch", core),
                Set.of(),
                Map.of());
    }

    /** The layer's controller, for what the command line may do and an agent may not. */
    ModuleLayer.Controller controller() {
        return controller;
    }

    Module module() {
        return module;
    }

    /** The core's entry class, made callable from here. */
    Class<?> entry() throws ClassNotFoundException {
        controller.addExports(module, NAME, Core.class.getModule());
        return module.getClassLoader().loadClass(NAME + ".Entry");
    }
}
