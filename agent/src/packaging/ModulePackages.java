import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModulePackagesAttribute;
import java.lang.constant.PackageDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes the names of its packages into each module-info.class that lacks them, as the jar tool does for one at the root of a
 * jar. Without them whoever opens a module has to walk over all entries of netflight.jar first, at each start of an
 * application. Run from its source by the build: {@code java ModulePackages.java FOLDER_OF_MODULES}.
 */
final class ModulePackages {
    private ModulePackages() {}

    public static void main(String[] args) throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(args[0]))) {
            for (Path module : modules.sorted().toList()) {
                complete(module);
            }
        }
    }

    private static void complete(Path module) throws IOException {
        Path file = module.resolve("module-info.class");
        ClassFile classFile = ClassFile.of();
        ClassModel info = classFile.parse(file);
        if (info.findAttribute(Attributes.modulePackages()).isEmpty()) {
            var packages = ModulePackagesAttribute.ofNames(packages(module));
            Files.write(file, classFile.transformClass(info, ClassTransform.endHandler(builder -> builder.with(packages))));
        }
    }

    private static List<PackageDesc> packages(Path module) throws IOException {
        try (Stream<Path> files = Files.walk(module)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .map(file -> module.relativize(file.getParent()).toString())
                    .filter(folder -> !folder.isEmpty() && !folder.startsWith("META-INF"))
                    .distinct()
                    .sorted()
                    .map(PackageDesc::ofInternalName)
                    .toList();
        }
    }
}
