import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Flight mode beside a capture to a file: requests a second of an HTTP server under as much load as the machine carries, and how
 * long single requests take at a tenth of that or so, with and without a dump in the midst of them. All variants take turns in one
 * armed JVM, every second time in reverse order.
 */
final class FlightMode {
    private enum Variant {
        ARMED("armed", null),
        FILE("capture to a file", "start,file="),
        FLIGHT("flight mode", "start,mode=flight"),
        DUMP("flight mode, with a dump", "start,mode=flight");

        final String label;
        final String command;

        Variant(String label, String command) {
            this.label = label;
            this.command = command;
        }
    }

    private static final int CONNECTIONS = 16;
    /** What each connection waits before its next request where latencies are taken: milliseconds. */
    private static final int PAUSE = 3;
    private static final String SCRIPT = """
            done = function(summary, latency, requests)
              io.write(string.format("percentiles %d %d %d %d\\n", latency:percentile(50), latency:percentile(99),
                  latency:percentile(99.9), latency.max))
            end
            """;
    private static final Pattern PERCENTILES = Pattern.compile("percentiles (\\d+) (\\d+) (\\d+) (\\d+)");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern FAILURES = Pattern.compile("(Socket errors|Non-2xx).*");

    private final Setup setup;
    private final Path fast;
    private final Path paced;
    private final Series rate = new Series();
    private final List<Series> latencies = List.of(new Series(), new Series(), new Series(), new Series());
    private final List<String> dumps = new ArrayList<>();
    private final List<String> books = new ArrayList<>();

    FlightMode(Setup setup) throws IOException {
        this.setup = setup;
        this.fast = Files.writeString(setup.fresh("fast.lua"), SCRIPT);
        this.paced = Files.writeString(setup.fresh("paced.lua"), SCRIPT + "function delay() return " + PAUSE + " end\n");
    }

    void run() throws IOException, InterruptedException {
        int rounds = setup.samples(4, 1);
        try (Jvm jvm = Jvm.start(setup, List.of("-Xms256m", "-Xmx256m", setup.armed()), List.of("JsonServer", "jdk"))) {
            load(jvm, fast, setup.samples(10, 1));
            for (int round = 0; round < rounds; round++) {
                List<Variant> order = new ArrayList<>(List.of(Variant.values()));
                if (round % 2 == 1) {
                    Collections.reverse(order);
                }
                for (Variant variant : order) {
                    sample(variant, jvm);
                }
            }
        }
        print(rounds);
    }

    private void sample(Variant variant, Jvm jvm) throws IOException, InterruptedException {
        Path file = setup.fresh("capture.pcapng");
        if (variant.command != null) {
            jvm.agent(variant == Variant.FILE ? variant.command + file : variant.command);
        }
        // weaving has the JIT compile anew; this fills the memory too
        load(jvm, fast, setup.samples(5, 1));
        if (variant != Variant.DUMP) {
            rate.add(variant.label, Neighbours.undisturbed(() -> number(load(jvm, fast, setup.samples(5, 1)), RATE)));
        }
        Matcher found = PERCENTILES.matcher(Neighbours.undisturbed(() -> paced(variant, jvm)));
        if (!found.find()) {
            throw new IOException("wrk told no percentiles");
        }
        for (int i = 0; i < latencies.size(); i++) {
            latencies.get(i).add(variant.label, Double.parseDouble(found.group(i + 1)));
        }
        if (variant.command != null) {
            books.add(variant.label + ": " + jvm.agent("stop").lines().findFirst().orElse(""));
        }
        Files.deleteIfExists(file);
        System.err.println("  " + variant.label + ": " + found.group());
    }

    private String paced(Variant variant, Jvm jvm) throws IOException, InterruptedException {
        Process load = begin(jvm, paced, setup.samples(6, 2));
        if (variant == Variant.DUMP) {
            Thread.sleep(1_000);
            Path file = setup.fresh("dump.pcapng");
            long began = System.nanoTime();
            String said = jvm.agent("dump,file=" + file);
            dumps.add(String.format(Locale.ROOT, "%s, in %,d ms", said, (System.nanoTime() - began) / 1_000_000));
            Files.delete(file);
        }
        return end(load);
    }

    private static String load(Jvm jvm, Path script, int seconds) throws IOException, InterruptedException {
        return end(begin(jvm, script, seconds));
    }

    private static Process begin(Jvm jvm, Path script, int seconds) throws IOException {
        return new ProcessBuilder("wrk", "-t", "1", "-c", Integer.toString(CONNECTIONS), "-d", seconds + "s", "-s",
                script.toString(), "http://127.0.0.1:" + jvm.port() + "/order").redirectErrorStream(true).start();
    }

    private static String end(Process load) throws IOException, InterruptedException {
        String said = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (load.waitFor() != 0 || FAILURES.matcher(said).find()) {
            throw new IOException("wrk: " + said);
        }
        return said;
    }

    private static double number(String text, Pattern pattern) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("no " + pattern + " in: " + text);
        }
        return Double.parseDouble(matcher.group(1));
    }

    private void print(int rounds) {
        System.out.printf(Locale.ROOT, "%nFlight mode (64 MiB, full) beside a capture to a file, HTTP, %d connections, %d rounds; a"
                + " dump comes in the midst of its sample%n%n", CONNECTIONS, rounds);
        System.out.println("| | requests/s | to armed | a request a connection each " + PAUSE
                + " ms, µs: median | 99 % | 99.9 % | longest |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (Variant v : Variant.values()) {
            boolean isRate = rate.has(v.label);
            System.out.printf(Locale.ROOT, "| %s | %s | %s | %,.0f | %,.0f | %,.0f | %,.0f |%n", v.label,
                    isRate ? String.format(Locale.ROOT, "%,.0f", rate.median(v.label)) : "",
                    isRate ? rate.ratio(v.label, Variant.ARMED.label) : "",
                    latencies.get(0).median(v.label), latencies.get(1).median(v.label), latencies.get(2).median(v.label),
                    latencies.get(3).median(v.label));
        }
        System.out.println("\nflight mode to a file: " + rate.ratio(Variant.FLIGHT.label, Variant.FILE.label));
        System.out.println("99.9 % with a dump to without: "
                + latencies.get(2).ratio(Variant.DUMP.label, Variant.FLIGHT.label) + "\n");
        dumps.forEach(System.out::println);
        books.forEach(System.out::println);
    }
}
