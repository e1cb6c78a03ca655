import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests a second of an HTTP server over loopback, under as much load as the machine carries. Two JVMs with the same
 * server live at a time: one has never heard of the agent; the other is armed, and for some samples captures. All
 * variants take turns, every second time in reverse order; each sample is taken in the midst of a load that goes on, after
 * a warm-up that is not counted, since weaving makes the JIT compile anew, and so do new connections. After some rounds two new
 * JVMs take over, as one JVM's JIT may do better than another's.
 */
final class Throughput {
    private enum Variant {
        NONE("no agent"),
        ARMED("armed"),
        CAPTURE("capture"),
        WITHOUT_STACKS("capture, stacks=off"),
        NULL("capture, file=/dev/null"),
        WITHOUT_FILE("capture, no file"),
        JFR("JFR recording alone, armed"),
        CAPTURE_JFR("capture with JFR recording"),
        TCPDUMP("tcpdump -s 128 -w, no agent");

        final String label;

        Variant(String label) {
            this.label = label;
        }

        boolean isCapture() {
            return this == CAPTURE || this == WITHOUT_STACKS || this == NULL || this == WITHOUT_FILE || this == CAPTURE_JFR;
        }

        boolean isRecording() {
            return this == JFR || this == CAPTURE_JFR;
        }
    }

    private static final List<String> OPTIONS = List.of("-Xms256m", "-Xmx256m");
    private static final int CONNECTIONS = 16;
    private static final Pattern FAILURES = Pattern.compile("(Socket errors|Non-2xx).*");

    private final Setup setup;
    private final String server;
    private final int warmUp;
    private final int length;
    private final Series rate = new Series();
    private final Series cpu = new Series();
    private final Series helperCpu = new Series();
    private final Series bytesPerPacket = new Series();
    private final Map<Variant, Books> books = new LinkedHashMap<>();
    private String tcpdumpSaid = "";
    private long tcpdumpDropped;

    private static final class Books {
        long matched;
        long emitted;
        long lost;
        long unattributed;
    }

    Throughput(Setup setup, String server) {
        this.setup = setup;
        this.server = server;
        this.warmUp = setup.samples(10, 1);
        this.length = setup.samples(5, 1);
    }

    void run() throws IOException, InterruptedException {
        int generations = setup.samples(3, 1);
        int rounds = setup.samples(3, 2);
        for (int generation = 0; generation < generations; generation++) {
            try (Jvm bare = Jvm.start(setup, OPTIONS, List.of("JsonServer", server));
                    Jvm agent = Jvm.start(setup, with(setup.armed()), List.of("JsonServer", server))) {
                check(load(bare, setup.samples(12, 1)));
                check(load(agent, setup.samples(12, 1)));
                for (int round = 0; round < rounds; round++) {
                    List<Variant> order = new ArrayList<>(List.of(Variant.values()));
                    if ((generation + round) % 2 == 1) {
                        Collections.reverse(order);
                    }
                    for (Variant variant : order) {
                        sample(variant, variant == Variant.NONE || variant == Variant.TCPDUMP ? bare : agent);
                    }
                }
            }
        }
        print(generations * rounds, generations);
    }

    private static List<String> with(String option) {
        List<String> options = new ArrayList<>(OPTIONS);
        options.add(option);
        return options;
    }

    /** Loads the server for so many seconds, on connections that stay. */
    private Process load(Jvm jvm, int seconds) throws IOException {
        return new ProcessBuilder("wrk", "-t", "1", "-c", Integer.toString(CONNECTIONS), "-d", seconds + "s",
                "http://127.0.0.1:" + jvm.port() + "/order").redirectErrorStream(true).start();
    }

    private static void check(Process load) throws IOException, InterruptedException {
        String said = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (load.waitFor() != 0 || FAILURES.matcher(said).find()) {
            throw new IOException("wrk: " + said);
        }
    }

    private static long answers(Jvm jvm) throws IOException {
        return number(jvm.ask("count"), "answers (\\d+)");
    }

    private void sample(Variant variant, Jvm jvm) throws IOException, InterruptedException {
        Path file = setup.fresh("capture");
        Path recording = setup.fresh("recording.jfr");
        Tcpdump tcpdump = null;
        if (variant.isRecording()) {
            jvm.jcmd("JFR.start", "name=overhead", "filename=" + recording);
        }
        if (variant.isCapture()) {
            jvm.agent(switch (variant) {
                case WITHOUT_FILE -> "start";
                case NULL -> "start,file=/dev/null";
                case WITHOUT_STACKS -> "start,stacks=off,file=" + file;
                default -> "start,file=" + file;
            });
        } else if (variant == Variant.TCPDUMP) {
            tcpdump = new Tcpdump(128, "port " + jvm.port(), file);
        }
        Tcpdump helper = tcpdump;
        Measured measured = Neighbours.undisturbed(() -> measure(jvm, helper));
        if (variant.isCapture()) {
            book(variant, jvm.agent("stop"), file);
        } else if (tcpdump != null) {
            tcpdumpSaid = tcpdump.stop();
            tcpdumpDropped += number(tcpdumpSaid, "(\\d+) packets dropped by kernel");
        }
        if (variant.isRecording()) {
            jvm.jcmd("JFR.stop", "name=overhead");
        }
        rate.add(variant.label, measured.perSecond());
        cpu.add(variant.label, measured.cpuMicros());
        helperCpu.add(variant.label, measured.helperCpuMicros());
        Files.deleteIfExists(file);
        Files.deleteIfExists(recording);
        System.err.printf(Locale.ROOT, "  %-28s %8.0f requests/s%n", variant.label, measured.perSecond());
    }

    /** CPU times are per request. */
    private record Measured(double perSecond, double cpuMicros, double helperCpuMicros) {}

    private Measured measure(Jvm jvm, Tcpdump helper) throws IOException, InterruptedException {
        Process load = load(jvm, warmUp + length + 1);
        Thread.sleep(warmUp * 1000L);
        double cpuBefore = jvm.cpuSeconds();
        double helperBefore = helper == null ? 0 : helper.cpuSeconds();
        long answersBefore = answers(jvm);
        long began = System.nanoTime();
        Thread.sleep(length * 1000L);
        double seconds = (System.nanoTime() - began) / 1e9;
        double requests = answers(jvm) - answersBefore;
        double cpuSeconds = jvm.cpuSeconds() - cpuBefore;
        double helperSeconds = helper == null ? 0 : helper.cpuSeconds() - helperBefore;
        check(load);
        return new Measured(requests / seconds, cpuSeconds / requests * 1e6, helperSeconds / requests * 1e6);
    }

    private void book(Variant variant, String said, Path file) throws IOException {
        Books of = books.computeIfAbsent(variant, v -> new Books());
        long matched = number(said, "matched ([\\d,]+)");
        of.matched += matched;
        of.emitted += number(said, "emitted ([\\d,]+)");
        of.lost += number(said, "lost ([\\d,]+)");
        of.unattributed += number(said, "unattributed ([\\d,]+)");
        if (Files.exists(file) && matched > 0) {
            bytesPerPacket.add(variant.label, Files.size(file) / (double) matched);
        }
    }

    private static long number(String text, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IOException("no " + pattern + " in: " + text);
        }
        return Long.parseLong(matcher.group(1).replace(",", ""));
    }

    private void print(int rounds, int generations) {
        System.out.printf(Locale.ROOT, "%nHTTP, %d connections, server \"%s\": %d rounds of %d s each, in %d pairs of JVMs%n",
                CONNECTIONS, server, rounds, length, generations);
        System.out.println("ratios: median (quartiles) of the pairs of a round\n");
        System.out.println("| | requests/s | to no agent | to armed | CPU µs/request, JVM | CPU of it to no agent | tcpdump's |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (Variant v : Variant.values()) {
            System.out.printf(Locale.ROOT, "| %s | %,.0f | %s | %s | %.1f | %s | %.1f |%n", v.label, rate.median(v.label),
                    rate.ratio(v.label, Variant.NONE.label), rate.ratio(v.label, Variant.ARMED.label),
                    cpu.median(v.label), cpu.ratio(v.label, Variant.NONE.label), helperCpu.median(v.label));
        }
        System.out.printf(Locale.ROOT, "%ncapture to tcpdump: %s%n%n",
                rate.ratio(Variant.CAPTURE.label, Variant.TCPDUMP.label));
        books.forEach((v, of) -> System.out.printf(Locale.ROOT,
                "%s: matched %,d = emitted %,d + lost %,d; unattributed %,d%s%n", v.label, of.matched, of.emitted,
                of.lost, of.unattributed, bytesPerPacket.has(v.label)
                        ? String.format(Locale.ROOT, "; %.0f bytes of file a packet", bytesPerPacket.median(v.label)) : ""));
        System.out.printf(Locale.ROOT, "tcpdump: dropped %,d in all samples; the last one: %s%n", tcpdumpDropped, tcpdumpSaid);
    }
}
