package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Collectors;

/** The readers that users have: what is wrong with a file they say on standard error or by their exit code. */
final class Readers {
    private Readers() {}

    /** tshark, tcpdump and capinfos read the file without a word of complaint. */
    static void assertReadable(Path file) {
        assertQuiet("tshark", "-n", "-r", file);
        assertQuiet("tcpdump", "-n", "-r", file);
        assertQuiet("capinfos", file);
    }

    /** The file's own structure, block by block, has nothing that Wireshark calls malformed. */
    static void assertWellFormed(Path file) {
        String structure = assertQuiet("tshark", "-r", file, "-X", "read_format:MIME Files Format", "-V");
        assertThat(structure).doesNotContainIgnoringCase("malformed").doesNotContain("Expert Info (Error");
        assertThat(structure).contains("Section Header Block", "Enhanced Packet Block");
    }

    private static String assertQuiet(Object... command) {
        Needs.tool(command[0].toString());
        Run run = Run.of(command);
        String complaints = run.err().lines()
                // what tshark says to root, and tcpdump's heading, which names the file
                .filter(line -> !line.startsWith("Running as user") && !line.startsWith("reading from file"))
                .collect(Collectors.joining("\n"));
        assertThat(complaints).as("complaints of %s", String.join(" ", Run.words(command))).isEmpty();
        assertThat(run.exit()).as("exit of %s", String.join(" ", Run.words(command))).isZero();
        return run.out();
    }
}
