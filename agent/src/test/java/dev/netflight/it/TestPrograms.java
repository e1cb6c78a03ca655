package dev.netflight.it;

import dev.netflight.libbpf.BpfTesting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Programs in C of the tests' own, compiled. */
final class TestPrograms {
    private TestPrograms() {}

    /** One of {@code src/test/bpf} as a file, for tools that load it. */
    static Path compiled(Path folder, String source) {
        try {
            return Files.write(folder.resolve(source.replace(".c", ".o")), BpfTesting.object(source));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** One of {@code src/test/c}, to be run. */
    static Path ofThisMachine(Path folder, String source) {
        Needs.tool("gcc");
        Path program = folder.resolve(source.replace(".c", ""));
        Path text = Stream.of("src/test/c", "agent/src/test/c").map(place -> Path.of(place, source)).filter(Files::exists)
                .findFirst().orElseThrow();
        Run.well("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, text);
        return program;
    }
}
