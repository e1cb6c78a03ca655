package dev.netflight.sink.pcapng;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left when the process is killed or the disk is full. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PcapngSinkInterruptedTest {
    @TempDir
    Path folder;

    @Test
    void after_a_kill_the_file_holds_every_flushed_packet_in_complete_blocks() throws Exception {
        Path file = folder.resolve("killed.pcapng");
        Process process = new ProcessBuilder(command(file, 10_000, 10)).start();
        try (BufferedReader lines = process.inputReader(); OutputStream next = process.getOutputStream()) {
            for (int flushed = 10; flushed <= 100; flushed += 10) {
                assertThat(lines.readLine()).isEqualTo(Integer.toString(flushed));
                if (flushed < 100) {
                    next.write('\n');
                    next.flush();
                }
            }
            // Waits for our byte with nothing on its way to the file.
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(Blocks.packets(file)).hasSize(100);
        assertThat(Tools.run("tcpdump", "-nr", file).lines()).hasSize(100);
        Tools.structure(file);
    }

    @Test
    void a_file_that_takes_no_more_is_cut_back_to_its_last_complete_block() throws Exception {
        Path file = folder.resolve("full.pcapng");
        // A limit of the process behaves as a full disk does: a short write, then an error.
        String java = command(file, 10_000, 1_000_000).stream().map(s -> "'" + s + "'").collect(Collectors.joining(" "));
        Process process = new ProcessBuilder("bash", "-c", "ulimit -f 3001; exec " + java).start();
        List<String> lines;
        try (BufferedReader out = process.inputReader()) {
            lines = out.lines().toList();
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();

        assertThat(lines.get(0)).matches("failed \\d+: cannot write " + file + ": File too large");
        assertThat(lines.get(1)).isEqualTo("again: cannot write " + file + ": an earlier write failed");
        assertThat(lines.get(2)).isEqualTo("written " + Files.size(file));
        int packets = Blocks.packets(file).size();
        // As many as fit, whatever the buffer held.
        assertThat(packets).isBetween(3001 * 1024 / 10_400, 3001 * 1024 / 10_000);
        assertThat(Tools.run("tcpdump", "-nr", file).lines()).hasSize(packets);
    }

    private static List<String> command(Path file, int payload, int each) {
        String classPath = Stream.of(PcapngSink.class, EndlessCapture.class)
                .map(PcapngSinkInterruptedTest::location).distinct().collect(Collectors.joining(":"));
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath,
                EndlessCapture.class.getName(), file.toString(), Integer.toString(payload), Integer.toString(each));
    }

    private static String location(Class<?> type) {
        return Path.of(java.net.URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }
}
