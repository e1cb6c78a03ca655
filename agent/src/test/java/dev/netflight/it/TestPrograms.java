package dev.netflight.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of {@code src/test/bpf} as files, for tools that load them. */
final class TestPrograms {
    private TestPrograms() {}

    static Path compiled(Path folder, String source) {
        try {
            return Files.write(folder.resolve(source.replace(".c", ".o")), dev.netflight.libbpf.BpfTesting.object(source));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
