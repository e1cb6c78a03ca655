import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much longer a round trip of 64 bytes takes: what the kernel programs and the hooks cost, without the capture thread,
 * for the two threads that play share CPU 0 and all else runs on CPU 1. All JVMs live at the same time, and the
 * variants take turns.
 */
final class PingPong {
    private static final String NONE = "no agent";
    private static final String NOTHING = "tcp port 9";

    private interface Trial {
        double nanos() throws IOException, InterruptedException;
    }

    private final Setup setup;
    private final int trips;
    private final Series series = new Series();

    PingPong(Setup setup) {
        this.setup = setup;
        this.trips = setup.samples(60_000, 10_000);
    }

    /** What a capture costs, beside tcpdump. */
    void run() throws IOException, InterruptedException {
        int rounds = setup.samples(15, 2);
        try (Jvm echo = pinned(List.of(), "echo");
                Jvm bare = client(List.of(), echo)) {
            // the echo serves one client at a time: each has its own
            try (Jvm armedEcho = pinned(List.of(), "echo");
                    Jvm armed = client(List.of(setup.armed()), armedEcho);
                    Jvm olderEcho = pinned(List.of(), "echo");
                    Jvm older = client(List.of(setup.armed(), "-Dnetflight.without=tcp_sendmsg_locked"), olderEcho)) {
                Map<String, Trial> trials = new LinkedHashMap<>();
                trials.put(NONE, () -> nanos(bare));
                trials.put("armed", () -> nanos(armed));
                trials.put("capture, no stacks, no file", () -> capturing(armed, "start,stacks=off", armed));
                trials.put("the same without tcp_sendmsg_locked", () -> capturing(older, "start,stacks=off", older));
                trials.put("capture, no file", () -> capturing(armed, "start", armed));
                trials.put("capture to a file", () -> capturing(armed, "start,file=" + setup.fresh("capture"), armed));
                trials.put("no agent, another process captures", () -> capturing(armed, "start,stacks=off", bare));
                trials.put("no agent, tcpdump -s 96", () -> tcpdump(bare, "port " + echo.port()));
                trials.put("no agent, tcpdump of a port without traffic", () -> tcpdump(bare, "port 9"));
                takeTurns(trials, rounds);
                print(trials.keySet(), rounds);
            }
        }
    }

    /** A filter that matches nothing, ours and tcpdump's. */
    void filter() throws IOException, InterruptedException {
        int rounds = setup.samples(9, 2);
        String ours = "capture with a filter that matches nothing";
        String theirs = "no agent, tcpdump with the same filter";
        try (Jvm echo = pinned(List.of(), "echo");
                Jvm bare = client(List.of(), echo);
                Jvm armedEcho = pinned(List.of(), "echo");
                Jvm armed = client(List.of(setup.armed()), armedEcho)) {
            Map<String, Trial> trials = new LinkedHashMap<>();
            trials.put(NONE, () -> nanos(bare));
            trials.put(ours, () -> capturing(armed, "start,filter=" + NOTHING + ",file=" + setup.fresh("capture"), armed));
            trials.put("the same with filter=port 9, which may be of UDP", () -> capturing(armed, "start,filter=port 9", armed));
            trials.put("no agent, another process captures so", () -> capturing(armed, "start,filter=" + NOTHING, bare));
            trials.put(theirs, () -> tcpdump(bare, NOTHING));
            takeTurns(trials, rounds);
            print(trials.keySet(), rounds);
            System.out.println("\nours to tcpdump's: " + series.ratio(ours, theirs));
        }
    }

    /** What the hooks of each backend cost, the JVM and another process. The JVM has a control group of its own. */
    void backends() throws IOException, InterruptedException {
        int rounds = setup.samples(9, 2);
        try (OwnGroup group = OwnGroup.make();
                Jvm echo = pinned(List.of(), "echo");
                Jvm bare = client(List.of(), echo);
                Jvm armedEcho = pinned(List.of(), "echo");
                Jvm armed = client(group.entering(), List.of(setup.armed()), armedEcho)) {
            Map<String, Trial> trials = new LinkedHashMap<>();
            trials.put(NONE, () -> nanos(bare));
            for (String backend : List.of("tracepoint", "tc", "cgroup")) {
                String command = "start,stacks=off,backend=" + backend;
                trials.put("backend=" + backend + ", no stacks, no file", () -> capturing(armed, command, armed));
                trials.put("no agent, another process captures by " + backend, () -> capturing(armed, command, bare));
            }
            takeTurns(trials, rounds);
            print(trials.keySet(), rounds);
        }
    }

    private void takeTurns(Map<String, Trial> trials, int rounds) throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            List<Map.Entry<String, Trial>> order = new ArrayList<>(trials.entrySet());
            if (round % 2 == 1) {
                Collections.reverse(order);
            }
            for (Map.Entry<String, Trial> trial : order) {
                series.add(trial.getKey(), trial.getValue().nanos());
            }
        }
    }

    private Jvm pinned(List<String> options, String... arguments) throws IOException, InterruptedException {
        return pinned(setup, List.of(), options, arguments);
    }

    private Jvm pinned(List<String> wrapper, List<String> options, String... arguments) throws IOException, InterruptedException {
        return pinned(setup, wrapper, options, arguments);
    }

    /** A JVM of {@code RoundTrips} whose working thread is on CPU 0, and all others on CPU 1. */
    static Jvm pinned(Setup setup, List<String> wrapper, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        List<String> program = new ArrayList<>(List.of("RoundTrips"));
        program.addAll(List.of(arguments));
        Jvm jvm = Jvm.start(setup, wrapper, options, program);
        // threads to come, the capture's too, inherit it; then the one that works goes elsewhere
        Command.run(List.of("taskset", "-a", "-p", "-c", "1", Long.toString(jvm.pid())));
        Command.run(List.of("taskset", "-p", "-c", "0", jvm.workerTid()));
        return jvm;
    }

    private Jvm client(List<String> options, Jvm echo) throws IOException, InterruptedException {
        return client(List.of(), options, echo);
    }

    private Jvm client(List<String> wrapper, List<String> options, Jvm echo) throws IOException, InterruptedException {
        Jvm jvm = pinned(wrapper, options, "client", echo.port());
        jvm.ask(Integer.toString(trips));
        return jvm;
    }

    private double nanos(Jvm client) throws IOException, InterruptedException {
        client.ask(Integer.toString(trips / 3)); // the JIT, after weaving
        return Neighbours.undisturbed(() -> Double.parseDouble(client.ask(Integer.toString(trips))));
    }

    private double capturing(Jvm captured, String command, Jvm client) throws IOException, InterruptedException {
        captured.agent(command);
        double nanos = nanos(client);
        captured.agent("stop");
        return nanos;
    }

    private double tcpdump(Jvm client, String expression) throws IOException, InterruptedException {
        Path file = setup.fresh("capture");
        Tcpdump tcpdump = new Tcpdump(96, expression, file);
        double nanos = nanos(client);
        tcpdump.stop();
        Files.deleteIfExists(file);
        return nanos;
    }

    private void print(Iterable<String> variants, int rounds) {
        System.out.printf(Locale.ROOT, "%nRound trips of 64 bytes between two processes on one CPU: %d rounds of %,d%n", rounds,
                trips);
        System.out.println("ratios of their time: median (quartiles) of the pairs of a round\n");
        System.out.println("| | µs | to no agent |");
        System.out.println("|---|---|---|");
        for (String v : variants) {
            System.out.printf(Locale.ROOT, "| %s | %.2f | %s |%n", v, series.median(v) / 1e3, series.ratio(v, NONE));
        }
    }
}
