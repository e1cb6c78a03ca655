package dev.netflight.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.Remapper;
import net.bytebuddy.utility.OpenedClassReader;

/** Programs for which a library's packages have another name, as build tools relocate them into other jars. */
final class Relocated {
    private Relocated() {}

    /**
     * Copies a program's classes.
     *
     * @param prefix what comes before the names of the packages that begin with {@code library}, both with slashes
     * @return the folder that they are in
     */
    static Path copy(Class<?> program, String library, String prefix, Path folder) {
        var remapper = new Remapper(OpenedClassReader.ASM_API) {
            @Override
            public String map(String name) {
                return name.startsWith(library) ? prefix + name : name;
            }
        };
        Path place = Path.of(program.getPackageName().replace('.', '/'));
        try (Stream<Path> classes = Files.list(App.classes().resolve(place))) {
            Files.createDirectories(folder.resolve(place));
            for (Path file : (Iterable<Path>) classes.filter(file -> isOf(program, file))::iterator) {
                var writer = new ClassWriter(0);
                OpenedClassReader.of(Files.readAllBytes(file)).accept(new ClassRemapper(writer, remapper), 0);
                Files.write(folder.resolve(place).resolve(file.getFileName()), writer.toByteArray());
            }
            return folder;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static boolean isOf(Class<?> program, Path file) {
        String name = file.getFileName().toString();
        return name.equals(program.getSimpleName() + ".class") || name.startsWith(program.getSimpleName() + '$');
    }
}
