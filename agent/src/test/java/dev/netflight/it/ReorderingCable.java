package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cable between two network namespaces that hands packets over in another order, {@code src/test/c/reorder.c}. Its ends are
 * TUN devices, which go when it is closed.
 */
final class ReorderingCable implements AutoCloseable {
    /** How many packets with payload were overtaken by others of their flow. */
    record Overtaken(long tcp, long udp) {}

    private final Process process;
    private final BufferedReader answers;

    private ReorderingCable(Process process) {
        this.process = process;
        this.answers = process.inputReader();
    }

    /** Lays it. @param namespaces the files of the two */
    static ReorderingCable lay(String device, List<String> namespaces) {
        Needs.tun();
        try {
            Path folder = Files.createTempDirectory("netflight-reorder");
            Path program = TestPrograms.ofThisMachine(folder, "reorder.c");
            try {
                var command = new ArrayList<>(List.of(program.toString(), device));
                command.addAll(namespaces);
                var cable = new ReorderingCable(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
                cable.expect("ready");
                return cable;
            } finally {
                Files.delete(program);
                Files.delete(folder);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private String expect(String beginning) throws IOException {
        String line = answers.readLine();
        assertThat(line).as("what the cable says").startsWith(beginning);
        return line.substring(beginning.length()).strip();
    }

    /** Until now. */
    Overtaken overtaken() {
        try {
            OutputStream questions = process.getOutputStream();
            questions.write('\n');
            questions.flush();
            String[] words = expect("overtaken ").split(" ");
            return new Overtaken(Long.parseLong(words[0]), Long.parseLong(words[1]));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
