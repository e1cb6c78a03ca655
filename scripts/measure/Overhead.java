import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures what the agent costs. Run from its source by {@code scripts/overhead}, which says what it does:
 * {@code java Overhead.java JAVA_HOME AGENT SAMPLES FOLDER [--quick] [--noisy] [PART… [MINUTES]]}.
 */
final class Overhead {
    private static final List<String> PARTS = List.of("start", "memory", "ping", "filter", "backends", "bulk", "http",
            "http-plain", "flight", "events", "read");
    /** Of a bulk stream, where no other is asked for. */
    private static final int BULK_MINUTES = 10;

    private Overhead() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        boolean quick = false;
        int minutes = BULK_MINUTES;
        Set<String> parts = new TreeSet<>();
        for (String argument : List.of(args).subList(4, args.length)) {
            if (argument.equals("--quick")) {
                quick = true;
            } else if (argument.equals("--noisy")) {
                Neighbours.doNotWait();
            } else if (argument.matches("[1-9]\\d?") && parts.contains("bulk")) {
                minutes = Integer.parseInt(argument);
            } else if (PARTS.contains(argument)) {
                parts.add(argument);
            } else {
                System.err.println("Not a part: " + argument + ". There are: " + String.join(" ", PARTS));
                System.exit(2);
            }
        }
        Setup setup = new Setup(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]),
                Files.createDirectories(Path.of(args[3]).toAbsolutePath()), quick);
        boolean isRight = true;
        Neighbours.await();
        machine(setup);
        for (String part : PARTS) {
            if (parts.isEmpty() || parts.contains(part)) {
                System.err.println(part);
                switch (part) {
                    case "start" -> new StartUp(setup).run();
                    case "memory" -> new Memory(setup).run();
                    case "ping" -> new PingPong(setup).run();
                    case "filter" -> new PingPong(setup).filter();
                    case "backends" -> new PingPong(setup).backends();
                    case "bulk" -> isRight = new Bulk(setup, setup.samples(60 * minutes, 10)).run();
                    case "http" -> new Throughput(setup, "jdk").run();
                    case "http-plain" -> new Throughput(setup, "plain").run();
                    case "events" -> new Events(setup).run();
                    case "flight" -> new FlightMode(setup).run();
                    case "read" -> new Reading(setup).run();
                    default -> throw new IllegalStateException(part);
                }
            }
        }
        System.out.println("\n" + Neighbours.summary());
        if (!isRight) {
            System.exit(1);
        }
    }

    private static void machine(Setup setup) throws IOException, InterruptedException {
        String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(l -> l.startsWith("model name"))
                .map(l -> l.substring(l.indexOf(':') + 1).strip()).findFirst().orElse("unknown CPU");
        System.out.println(LocalDate.now() + "; Linux " + System.getProperty("os.version") + "; "
                + Runtime.getRuntime().availableProcessors() + " CPUs, " + cpu + "; "
                + Command.run(List.of(setup.tool("java"), "-version")).lines().findFirst().orElse(""));
        if (setup.quick()) {
            System.out.println("--quick: figures mean nothing.");
        }
    }
}
