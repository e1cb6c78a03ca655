package dev.netflight.sink.pcapng;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The independent readers: tshark, capinfos, tcpdump. A test is left out, and says so, where one is not installed. */
final class Tools {
    record Result(int exit, String out, String err) {}

    private Tools() {}

    /** Runs a tool and asserts that it ended well and complained of nothing. */
    static String run(String tool, Object... arguments) throws IOException, InterruptedException {
        Result result = start(tool, arguments);
        String complaints = result.err.lines()
                // tshark as root, and tcpdump's first line, which names the file.
                .filter(line -> !line.startsWith("Running as user") && !line.startsWith("reading from file"))
                .reduce("", (all, line) -> all + line + '\n');
        assertThat(complaints).as("%s %s", tool, List.of(arguments)).isEmpty();
        assertThat(result.exit).as("%s %s", tool, List.of(arguments)).isZero();
        return result.out;
    }

    private static Result start(String tool, Object... arguments) throws IOException, InterruptedException {
        assumeTrue(isInstalled(tool), tool + " is not installed");
        var command = new ArrayList<String>();
        command.add(tool);
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        Path out = Files.createTempFile("tool", ".out");
        Path err = Files.createTempFile("tool", ".err");
        try {
            Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", tool).isTrue();
            return new Result(process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** tshark cuts long values in the middle of a character. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** The whole file's structure, block by block; asserts that nothing in it is malformed. */
    static String structure(Path file) throws IOException, InterruptedException {
        String structure = run("tshark", "-r", file, "-X", "read_format:MIME Files Format", "-V");
        assertThat(structure).doesNotContainIgnoringCase("malformed").doesNotContain("Expert Info (Error");
        return structure;
    }

    /** One line for each packet that {@code filter} selects. */
    static List<String> fields(Path file, String filter, String... fields) throws IOException, InterruptedException {
        var arguments = new ArrayList<Object>(List.of("-r", file, "-Y", filter, "-T", "fields"));
        for (String field : fields) {
            arguments.add("-e");
            arguments.add(field);
        }
        return run("tshark", arguments.toArray()).lines().toList();
    }

    private static boolean isInstalled(String tool) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
