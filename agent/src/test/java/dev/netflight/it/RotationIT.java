package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A capture in several files, one after another, and in tcpdump's format. */
final class RotationIT {
    @RegisterExtension
    private static final Echo ECHO = new Echo();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void needs() {
        Needs.bpf();
    }

    private static App talker(String options) {
        return ECHO.talker(folder, "start," + options);
    }

    /** The files of a rotation in the order of their numbers. */
    private static List<Path> files(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + '-'))
                    .sorted((a, b) -> Integer.compare(number(a), number(b))).toList();
        }
    }

    private static int number(Path file) {
        return Integer.parseInt(file.getFileName().toString().replaceAll(".*-(\\d+)\\..*", "$1"));
    }

    private static long[] numbersOf(List<Path> files) {
        var numbers = new ArrayList<Long>();
        for (Path file : files) {
            Readers.assertReadable(file);
            PcapngFile read = PcapngFile.read(file);
            assertThat(read.isComplete()).as("%s has its statistics", file).isTrue();
            read.packets().forEach(packet -> numbers.add(packet.number()));
        }
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    @Test
    void under_load_the_newest_five_files_are_complete_and_no_packet_is_missing_or_doubled_between_them() throws IOException {
        Answer.Books books;
        try (App talker = talker("file=" + folder.resolve("load.pcapng") + ",maxsize=1m,files=5")) {
            talker.tell("say 5000");
            talker.awaitNumber("said ", 5_000);
            books = talker.command("stop").assertOk().books().assertClosed();
        }
        List<Path> files = files("load");
        assertThat(files).hasSize(5);
        assertThat(number(files.getFirst())).as("older files are gone").isGreaterThan(0);
        for (Path file : files) {
            assertThat(Files.size(file)).as("length of %s", file).isBetween(1L, 1L << 20);
        }
        for (Path file : files.subList(0, 4)) {
            assertThat(Files.size(file)).as("length of %s, which was full", file).isGreaterThan(900_000L);
        }
        long[] numbers = numbersOf(files);
        assertThat(numbers).isEqualTo(LongStream.rangeClosed(numbers[0], books.emitted()).toArray());
    }

    @Test
    void the_next_file_begins_when_one_is_old_enough() throws IOException {
        Answer.Books books;
        try (App talker = talker("file=" + folder.resolve("%n-age.pcapng") + ",maxage=300ms")) {
            talker.tell("say 100 10000");
            talker.awaitNumber("said ", 100);
            books = talker.command("stop").assertOk().books().assertClosed();
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith("-age.pcapng"))
                    .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString())).toList();
        }
        assertThat(files).hasSizeBetween(2, 9);
        assertThat(numbersOf(files)).isEqualTo(LongStream.rangeClosed(1, books.emitted()).toArray());
    }

    @Test
    void a_name_that_ends_in_pcap_gets_the_format_of_tcpdump() {
        Path file = folder.resolve("plain.pcap");
        Answer.Books books;
        try (App talker = talker("file=" + file + ",snaplen=0")) {
            talker.tell("say 100");
            talker.awaitNumber("said ", 100);
            books = talker.command("stop").assertOk().books().assertClosed();
        }
        Readers.assertReadable(file);
        assertThat(Run.of("capinfos", file).out()).contains("Wireshark/tcpdump/... - nanosecond pcap");
        assertThat(Tshark.count(file, "tcp")).isEqualTo((int) books.emitted());
        assertThat(Tshark.count(file, "tcp.len > 0 && frame.len != frame.cap_len")).isZero();
    }
}
