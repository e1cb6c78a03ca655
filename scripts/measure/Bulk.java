import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One stream at the full speed of loopback, captured by the agent in its sender and by tcpdump at the same time: what share
 * of the packets each loses. Both keep 128 bytes of a packet and turn their files over.
 */
final class Bulk {
    private static final List<String> OPTIONS = List.of("-Xms256m", "-Xmx256m");

    private final Setup setup;
    private final int seconds;

    Bulk(Setup setup, int seconds) {
        this.setup = setup;
        this.seconds = seconds;
    }

    /** @return whether the agent's books close */
    boolean run() throws IOException, InterruptedException {
        Path ours = setup.fresh("bulk.pcapng");
        Path theirs = setup.fresh("bulk.pcap");
        try (Jvm sink = Jvm.start(setup, OPTIONS, List.of("BulkStream", "sink"));
                Jvm source = Jvm.start(setup, with(setup.armed()), List.of("BulkStream", "source", sink.port()))) {
            source.ask("2"); // the JIT
            Tcpdump tcpdump = Tcpdump.turning(128, "port " + sink.port(), theirs, 500);
            source.agent("start,maxsize=500m,files=2,file=" + ours);
            double bytes = Double.parseDouble(source.ask(Integer.toString(seconds)));
            String books = source.agent("stop");
            String said = tcpdump.stop();
            return print(bytes, books, said);
        } finally {
            delete("bulk");
        }
    }

    private static List<String> with(String option) {
        return Stream.concat(OPTIONS.stream(), Stream.of(option)).toList();
    }

    private boolean print(double bytes, String books, String said) throws IOException {
        long matched = number(books, "matched ([\\d,]+)");
        long emitted = number(books, "emitted ([\\d,]+)");
        long lost = number(books, "lost ([\\d,]+)");
        long dropped = number(books, "dropped ([\\d,]+)");
        long received = number(said, "(\\d+) packets received by filter");
        long theirs = number(said, "(\\d+) packets dropped by kernel");
        boolean closed = matched == emitted + lost + dropped && dropped == 0 && matched > 0;
        System.out.printf(Locale.ROOT, "%nA stream for %d s: %.2f GB/s, %,.0f packets/s of ours%n%n", seconds,
                bytes / seconds / 1e9, (double) matched / seconds);
        System.out.println("| | packets | lost | share |");
        System.out.println("|---|---|---|---|");
        System.out.printf(Locale.ROOT, "| Netflight, stacks, 16 MiB ring | %,d | %,d | %.3f %% |%n", matched, lost, 100.0 * lost / matched);
        System.out.printf(Locale.ROOT, "| tcpdump -s 128 | %,d | %,d | %.3f %% |%n", received, theirs, 100.0 * theirs / received);
        System.out.printf(Locale.ROOT, "%nmatched %,d %s emitted %,d + lost %,d%n", matched, closed ? "=" : "IS NOT", emitted, lost);
        return closed;
    }

    private static long number(String text, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IOException("no " + pattern + " in: " + text);
        }
        return Long.parseLong(matcher.group(1).replace(",", ""));
    }

    /** Both turn their files over: there are several. */
    private void delete(String beginning) throws IOException {
        try (Stream<Path> files = Files.list(setup.folder())) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith(beginning)).toList()) {
                Files.delete(file);
            }
        }
    }
}
