import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** tcpdump on the loopback device, writing what an expression accepts to a file. */
final class Tcpdump {
    private final Process process;
    private final BufferedReader messages;

    /** Returns when it captures. */
    Tcpdump(int snaplen, String expression, Path file) throws IOException {
        this(snaplen, expression, file, List.of());
    }

    /** The same that keeps the newest two files of so many megabytes. */
    static Tcpdump turning(int snaplen, String expression, Path file, int megabytes) throws IOException {
        return new Tcpdump(snaplen, expression, file, List.of("-C", Integer.toString(megabytes), "-W", "2"));
    }

    private Tcpdump(int snaplen, String expression, Path file, List<String> more) throws IOException {
        List<String> command = new ArrayList<>(List.of("tcpdump", "-i", "lo", "-s", Integer.toString(snaplen), "-Z", "root", "-w",
                file.toString()));
        command.addAll(more);
        command.add(expression);
        process = new ProcessBuilder(command).start();
        messages = process.errorReader();
        String line = messages.readLine();
        while (line != null && !line.contains("listening on")) {
            line = messages.readLine();
        }
        if (line == null) {
            throw new IOException("tcpdump did not start");
        }
    }

    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** Ends it; returns its own words of what was captured and dropped. */
    String stop() throws IOException, InterruptedException {
        Command.run(List.of("kill", "-INT", Long.toString(process.pid())));
        String said = messages.lines().filter(line -> line.contains("packets")).collect(Collectors.joining(", "));
        process.waitFor();
        return said;
    }
}
