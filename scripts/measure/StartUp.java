import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the agent adds to the start of a trivial program, from the start of its process: until its end; and for one that
 * connects as the first thing it does, until its connection was accepted, which when capturing is its first packet captured.
 */
final class StartUp {
    private static final String NONE = "no agent";
    private static final String ARMED = "armed";
    private static final String CAPTURING = "capturing";

    private final Setup setup;
    private final Series end = new Series();
    private final Series first = new Series();
    private final Series endWithCall = new Series();
    private int withoutPackets;

    StartUp(Setup setup) {
        this.setup = setup;
    }

    void run() throws IOException, InterruptedException {
        int rounds = setup.samples(20, 2);
        Path file = setup.folder().resolve("capture");
        // the first round only fills the page cache
        for (int round = -1; round < rounds; round++) {
            run(round, NONE, List.of(), file);
            run(round, ARMED, List.of(setup.armed()), file);
            run(round, CAPTURING, List.of(setup.capturing(file)), file);
        }
        print(rounds);
    }

    /** Milliseconds since the start of the process. */
    private record Run(double end, double first, double endWithCall) {}

    private void run(int round, String variant, List<String> options, Path file) throws IOException, InterruptedException {
        Run run = Neighbours.undisturbed(() -> run(variant, options, file));
        if (round >= 0) {
            end.add(variant, run.end());
            first.add(variant, run.first());
            endWithCall.add(variant, run.endWithCall());
        }
    }

    private Run run(String variant, List<String> options, Path file) throws IOException, InterruptedException {
        double untilEnd = Command.millis(setup.program(options, List.of("OneCall")));
        Files.deleteIfExists(file);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            long began = System.nanoTime();
            Process process = new ProcessBuilder(
                    setup.program(options, List.of("OneCall", Integer.toString(listener.getLocalPort())))).inheritIO().start();
            double accepted;
            try (Socket socket = listener.accept()) {
                accepted = (System.nanoTime() - began) / 1e6;
                socket.getOutputStream().write(1);
                process.waitFor();
            }
            double untilEndWithCall = (System.nanoTime() - began) / 1e6;
            if (variant.equals(CAPTURING) && !beginsWithSyn(file, listener.getLocalPort())) {
                withoutPackets++;
            }
            Files.deleteIfExists(file);
            return new Run(untilEnd, accepted, untilEndWithCall);
        }
    }

    /** Whether the file has the connection's SYN, and that the connect's stack. */
    private static boolean beginsWithSyn(Path file, int port) throws IOException, InterruptedException {
        String packet = Command.run(List.of("tcpdump", "-n", "-c", "1", "-r", file.toString(),
                "tcp[tcpflags] = tcp-syn and dst port " + port));
        return packet.contains("Flags [S]") && Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains("Operation: connect");
    }

    private void print(int rounds) {
        System.out.printf(Locale.ROOT, "%nStart of a trivial program: medians of %d, in milliseconds; added: median (quartiles)"
                + " of the pairs%n%n", rounds);
        System.out.println("| | until its end | added | with a connection: until accepted | added | until its end | added |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (String v : List.of(NONE, ARMED, CAPTURING)) {
            System.out.printf(Locale.ROOT, "| %s | %.0f | %s | %.0f | %s | %.0f | %s |%n", v, end.median(v),
                    end.difference(v, NONE), first.median(v), first.difference(v, NONE), endWithCall.median(v),
                    endWithCall.difference(v, NONE));
        }
        System.out.printf(Locale.ROOT, "%ncaptures that lack the first SYN or the operation behind it: %d%n", withoutPackets);
    }
}
