package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A tcpdump that writes whole packets to a file while the test goes on. */
final class Tcpdump implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** In KiB: each packet of loopback takes a place for 64 KiB. */
    private static final String BUFFER = "32768";

    private final Process process;
    private final Path said;

    private Tcpdump(Process process, Path said) {
        this.process = process;
        this.said = said;
    }

    /**
     * Returns when it listens.
     *
     * @param through a command to start it through, of no words for none
     */
    static Tcpdump on(String device, Path file, String expression, String... through) throws IOException {
        List<String> command = new ArrayList<>(List.of(through));
        command.addAll(List.of("tcpdump", "-n", "-i", device, "-s", "0", "-U", "--immediate-mode", "-B", BUFFER, "-Z",
                "root", "-w", file.toString(), expression));
        Path said = file.resolveSibling(file.getFileName() + ".err");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        Awaitility.await("tcpdump " + expression).atMost(PATIENCE).pollInterval(Duration.ofMillis(5))
                .until(() -> Files.readString(said).contains("listening on") || !process.isAlive());
        assertThat(process.isAlive()).as("tcpdump %s: %s", expression, Files.readString(said)).isTrue();
        return new Tcpdump(process, said);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Completes the file. */
    void end() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("tcpdump ends").isTrue();
    }

    /** Whether it has been given all packets, as it says at its end. */
    boolean isComplete() throws IOException {
        return Files.readString(said).contains("\n0 packets dropped by kernel");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
