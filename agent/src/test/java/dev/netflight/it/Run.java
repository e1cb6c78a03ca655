package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A command that is run to its end. */
record Run(int exit, String out, String err) {
    private static final long LONGEST_SECONDS = 120;

    /** Runs it, whatever comes of it. */
    static Run of(Object... command) {
        try {
            Path folder = Files.createTempDirectory("netflight-run");
            Path out = folder.resolve("out");
            Path err = folder.resolve("err");
            try {
                Process process = new ProcessBuilder(words(command)).redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
                await(process, command);
                return new Run(process.exitValue(), text(out), text(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
                Files.delete(folder);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** The output of a command that must end well. */
    static String well(Object... command) {
        Run run = of(command);
        assertThat(run.exit).as("exit of %s\n%s%s", List.of(command), run.out, run.err).isZero();
        return run.out;
    }

    /** Hands on the lines of a command's output, which may be long, as they come. The command must end well. */
    static void lines(Consumer<String> reader, Object... command) {
        try {
            Path err = Files.createTempFile("netflight-run", ".err");
            try {
                Process process = new ProcessBuilder(words(command)).redirectInput(Path.of("/dev/null").toFile())
                        .redirectError(err.toFile()).start();
                try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                    out.lines().forEach(reader);
                } finally {
                    await(process, command);
                }
                assertThat(process.exitValue()).as("exit of %s\n%s", List.of(command), text(err)).isZero();
            } finally {
                Files.delete(err);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void await(Process process, Object... command) {
        try {
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(List.of(command) + " has not ended after " + LONGEST_SECONDS + " s");
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            throw new AssertionError("interrupted while waiting for " + List.of(command), interrupted);
        }
    }

    static List<String> words(Object... command) {
        var words = new ArrayList<String>();
        Stream.of(command).map(Object::toString).forEach(words::add);
        return words;
    }

    /** Tools cut long values in the middle of a character. */
    static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
