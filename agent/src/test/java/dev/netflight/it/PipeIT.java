package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A capture into a named pipe: whatever its reader does, the application goes on. */
final class PipeIT {
    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private Path folder;
    private Path pipe;

    @BeforeEach
    void pipe() {
        Needs.bpf();
        pipe = folder.resolve("pipe");
        Run.well("mkfifo", pipe);
    }

    @Test
    void a_pipe_that_nobody_reads_holds_up_no_start() {
        try (App talker = ECHO.talker(folder).agent("start,file=" + pipe).start()) {
            assertThat(talker.startAnswer().assertError()).contains("it is a pipe that nobody reads; start its reader first");
            talker.tell("say 10");
            talker.awaitNumber("said ", 10);
        }
    }

    @Test
    void a_reader_that_takes_nothing_holds_up_neither_stop_nor_exit_nor_the_next_start() throws IOException {
        Path another = folder.resolve("another");
        Run.well("mkfifo", another);
        Process reader = new ProcessBuilder("sh", "-c", "exec sleep 600 < " + pipe + " 3< " + another).start();
        try (App talker = ECHO.talker(folder).start()) {
            talker.await("ready");
            startWhenItIsRead(talker, pipe);
            talker.tell("say 1000");
            talker.awaitNumber("said ", 1000);
            assertThat(talker.command("stop").assertOk().text()).contains("; incomplete in " + pipe)
                    .contains("its reader takes nothing any more");
            assertThat(talker.command("start,file=" + pipe).assertError()).contains("it is a pipe that is full");
            startWhenItIsRead(talker, another);
            talker.tell("say 1000");
            talker.awaitNumber("said ", 2000);
            talker.endInput();
            talker.awaitEnd();
        } finally {
            reader.destroyForcibly();
        }
    }

    /** The reader may not have come so far. */
    private static void startWhenItIsRead(App talker, Path pipe) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> talker.command("start,file=" + pipe).isOk());
    }

    @Test
    void what_a_reader_takes_is_the_whole_capture() throws Exception {
        Path file = folder.resolve("read.pcapng");
        Process reader = new ProcessBuilder("sh", "-c", "exec cat " + pipe + " > " + file).start();
        try (App talker = ECHO.talker(folder).start()) {
            talker.await("ready");
            startWhenItIsRead(talker, pipe);
            talker.tell("say 1000");
            talker.awaitNumber("said ", 1000);
            Answer stopped = talker.command("stop").assertOk();
            assertThat(reader.waitFor()).isZero();
            assertThat(PcapngFile.read(file).assertInOrder().assertBooks()).isEqualTo(stopped.books());
        } finally {
            reader.destroyForcibly();
        }
    }
}
