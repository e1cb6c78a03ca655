import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Resident memory of a server after some load and a collection. The heap has a fixed size and is touched from the start,
 * so that how far it happened to grow does not show; what lives in it is told apart.
 */
final class Memory {
    private static final List<String> OPTIONS = List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch");
    private static final String NONE = "no agent";
    private static final String ARMED = "armed";
    private static final String CAPTURING = "capturing";
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private final Setup setup;
    private final Series resident = new Series();
    private final Series heap = new Series();

    Memory(Setup setup) {
        this.setup = setup;
    }

    void run() throws IOException, InterruptedException {
        int rounds = setup.samples(7, 1);
        for (int round = 0; round < rounds; round++) {
            run(NONE, List.of());
            run(ARMED, List.of(setup.armed()));
            run(CAPTURING, List.of(setup.capturing(setup.fresh("capture"))));
        }
        System.out.printf(Locale.ROOT, "%nMemory of a server after load, idle, after a collection: medians of %d, in KiB; added:"
                + " median (quartiles) of the pairs%n%n", rounds);
        System.out.println("| | VmRSS | added | live in the heap | added |");
        System.out.println("|---|---|---|---|---|");
        for (String v : List.of(NONE, ARMED, CAPTURING)) {
            System.out.printf(Locale.ROOT, "| %s | %,.0f | %s | %,.0f | %s |%n", v, resident.median(v),
                    resident.difference(v, NONE), heap.median(v), heap.difference(v, NONE));
        }
    }

    private void run(String variant, List<String> more) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(OPTIONS);
        options.addAll(more);
        try (Jvm jvm = Jvm.start(setup, options, List.of("JsonServer", "jdk"))) {
            Command.run(List.of("wrk", "-t", "1", "-c", "16", "-d", setup.samples(8, 2) + "s",
                    "http://127.0.0.1:" + jvm.port() + "/order"));
            jvm.jcmd("GC.run");
            Matcher used = USED.matcher(jvm.jcmd("GC.heap_info"));
            if (!used.find()) {
                throw new IOException("GC.heap_info does not tell what is used");
            }
            resident.add(variant, jvm.memory("VmRSS"));
            heap.add(variant, Long.parseLong(used.group(1)));
        }
    }
}
