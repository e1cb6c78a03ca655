import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM with one of the measured programs, which says {@code ready …} when it is. */
final class Jvm implements AutoCloseable {
    private final Setup setup;
    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private final String[] ready;

    private Jvm(Setup setup, Process process) throws IOException {
        this.setup = setup;
        this.process = process;
        this.out = process.inputReader();
        this.in = process.outputWriter();
        String line = out.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException("did not get ready: " + process.info().commandLine().orElse("") + ": " + line);
        }
        this.ready = line.split(" ");
    }

    static Jvm start(Setup setup, List<String> jvmOptions, List<String> program) throws IOException {
        return start(setup, List.of(), jvmOptions, program);
    }

    /** @param wrapper a command that runs the one behind it in its own place */
    static Jvm start(Setup setup, List<String> wrapper, List<String> jvmOptions, List<String> program) throws IOException {
        List<String> options = new java.util.ArrayList<>(List.of("-XX:+EnableDynamicAgentLoading"));
        options.addAll(jvmOptions);
        List<String> command = new java.util.ArrayList<>(wrapper);
        command.addAll(setup.program(options, program));
        return new Jvm(setup, new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    String port() {
        return ready[1];
    }

    /** The kernel's number of the thread that does the work, where the program tells. */
    String workerTid() {
        return ready[2];
    }

    long pid() {
        return process.pid();
    }

    /** Writes a line to the program and reads one. */
    String ask(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
        return out.readLine();
    }

    /** CPU time of all its threads, in seconds; the kernel counts in hundredths. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** A line such as {@code VmRSS} of {@code /proc/PID/status}, in KiB. */
    long memory(String line) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
                .filter(l -> l.startsWith(line + ":"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                .findFirst().orElseThrow();
    }

    String jcmd(String... command) throws IOException, InterruptedException {
        List<String> whole = new java.util.ArrayList<>(List.of(setup.tool("jcmd"), Long.toString(pid())));
        whole.addAll(List.of(command));
        return Command.run(whole);
    }

    /** Has the agent carry out a command and returns its answer, which says what it did. */
    String agent(String command) throws IOException, InterruptedException {
        Path answer = setup.fresh("answer");
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid()));
            try {
                machine.loadAgent(setup.agent().toString(), command + ",result=" + answer);
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | AgentLoadException | AgentInitializationException e) {
            throw new IOException("the agent could not be loaded", e);
        }
        String text = Files.readString(answer);
        if (!text.startsWith("OK")) {
            throw new IOException(command + ": " + text);
        }
        return text.strip();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
