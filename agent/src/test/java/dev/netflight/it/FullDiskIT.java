package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where the disk is full the application runs on, and nobody is told that a file has what it has not. */
final class FullDiskIT {
    private static final String FULL = "No space left on device";

    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
        Needs.tool("unshare");
    }

    /** An application that has a disk of 300 KiB at {@code disk}. */
    private App talker(Path disk) throws IOException {
        Files.createDirectory(disk);
        App talker = ECHO.talker(folder).through("unshare", "--mount", "sh", "-c",
                "mount -t tmpfs -o size=300k none " + disk + " && exec \"$@\"", "sh").start();
        talker.await("ready");
        return talker;
    }

    @Test
    void a_capture_file_that_has_no_more_room_is_incomplete_by_the_answer_of_stop() throws IOException {
        Path disk = folder.resolve("disk");
        Path file = disk.resolve("full.pcapng");
        try (App talker = talker(disk)) {
            talker.command("start,file=" + file).assertOk();
            talker.tell("say 2000");
            talker.awaitNumber("said ", 2000);
            assertThat(talker.command("status").assertOk().text()).contains("output failed: The output pcapng failed").contains(FULL)
                    .containsPattern("full.pcapng \\([1-9][0-9,]+ bytes\\)");
            assertThat(talker.command("stop").assertOk().text()).contains("; incomplete in " + file + ". The output pcapng failed")
                    .contains(FULL).doesNotContain("; complete in");
            talker.tell("say 10");
            talker.awaitNumber("said ", 2010);
        }
    }

    @Test
    void a_dump_at_the_end_that_has_no_room_is_told_by_stop() throws IOException {
        Path disk = folder.resolve("disk");
        try (App talker = talker(disk)) {
            talker.command("start,mode=flight,size=1m,file=" + disk.resolve("full.pcapng")).assertOk();
            talker.tell("say 2000");
            talker.awaitNumber("said ", 2000);
            assertThat(talker.command("stop").assertOk().text())
                    .contains("; nothing of it was dumped. The dump cannot be written: ").contains(FULL);
        }
    }
}
