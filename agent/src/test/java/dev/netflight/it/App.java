package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A program of {@code dev.netflight.it.app} in a JVM of its own, with the finished jar in it from the start or attached
 * later. Closing it kills the JVM if it still runs.
 */
final class App implements AutoCloseable {
    static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Path jar;
    private final Path folder;
    private final Path out;
    private final Path err;
    private final Path startAnswer;
    private int commands;

    private App(Process process, Launch launch, Path out, Path err) {
        this.process = process;
        this.jar = launch.jar;
        this.folder = launch.folder;
        this.out = out;
        this.err = err;
        this.startAnswer = launch.startAnswer;
        forgetAttachSocket(); // of an earlier JVM that had this id, was killed, and perhaps was another user's
    }

    /** The finished jar. */
    static Path jar() {
        String jar = System.getProperty("netflight.jar");
        assertThat(jar).as("the system property netflight.jar, the finished jar; Maven's verify sets it").isNotNull();
        Path path = Path.of(jar).toAbsolutePath();
        assertThat(path).as("the finished jar").exists();
        return path;
    }

    /** Where the compiled tests and programs lie. */
    static Path classes() {
        return Path.of(App.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    /**
     * A program, to be started.
     *
     * @param folder    where its output and the answers go
     * @param arguments the program's
     */
    static Launch of(Path folder, Class<?> program, Object... arguments) {
        return new Launch(folder, program.getName(), Run.words(arguments));
    }

    /** How a program is started. */
    static final class Launch {
        private final Path folder;
        private final String program;
        private final List<String> arguments;
        private final List<String> wrapper = new ArrayList<>();
        private final List<String> jvm = new ArrayList<>();
        private Path jar = jar();
        private Path classes = classes();
        private Path startAnswer;
        private String libraries = "";

        private Launch(Path folder, String program, List<String> arguments) {
            this.folder = folder;
            this.program = program;
            this.arguments = arguments;
        }

        /** Options of the JVM. */
        Launch jvm(String... options) {
            jvm.addAll(List.of(options));
            return this;
        }

        /** {@code -javaagent} with these options; {@code result} is added. */
        Launch agent(String options) {
            startAnswer = folder.resolve("start.answer");
            jvm.add("-javaagent:" + jar + '=' + options + (options.isEmpty() ? "" : ",") + "result=" + startAnswer);
            return this;
        }

        /** {@code -javaagent} with these options to the letter. */
        Launch plainAgent(String options) {
            jvm.add("-javaagent:" + jar + (options.isEmpty() ? "" : "=" + options));
            return this;
        }

        /** Jars of the tests' class path whose names begin so. */
        Launch with(String... jars) {
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
                String name = path.substring(path.lastIndexOf('/') + 1);
                if (Stream.of(jars).anyMatch(name::startsWith) && name.endsWith(".jar")) {
                    libraries += File.pathSeparator + path;
                }
            }
            return this;
        }

        /** A command to start the JVM through. */
        Launch through(String... command) {
            wrapper.addAll(List.of(command));
            return this;
        }

        /** Copies of the jar and the classes, where other users may read them. Before {@link #agent}. */
        Launch from(Path jarCopy, Path classesCopy) {
            jar = jarCopy;
            classes = classesCopy;
            return this;
        }

        App start() {
            var command = new ArrayList<>(wrapper);
            command.add(JAVA_HOME.resolve("bin/java").toString());
            // small, so that many of them are no burden
            command.add("-Xmx256m");
            command.addAll(jvm);
            command.addAll(List.of("-cp", classes + libraries, program));
            command.addAll(arguments);
            try {
                String name = program.substring(program.lastIndexOf('.') + 1);
                Path out = Files.createTempFile(folder, name, ".out");
                Path err = Files.createTempFile(folder, name, ".err");
                var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
                builder.environment().remove("JAVA_TOOL_OPTIONS");
                builder.environment().remove("JDK_JAVA_OPTIONS");
                return new App(builder.start(), this, out, err);
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
        }
    }

    long pid() {
        return process.pid();
    }

    /** The process of the JVM itself, where it was started through commands that stay. */
    long jvm() {
        return process.descendants().filter(child -> child.info().command().orElse("").endsWith("/java")).findFirst()
                .orElse(process.toHandle()).pid();
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    /** Waits for a line that begins so, and gives the rest of it. */
    String await(String beginning) {
        return await(beginning, line -> true);
    }

    /** Waits for so many lines that begin so. */
    void awaitLines(String beginning, long count) {
        Awaitility.await(count + " lines \"" + beginning + "\" of " + this).atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20)).until(() -> out().lines().filter(line -> line.startsWith(beginning))
                        .count() >= count || !process.isAlive());
    }

    /** Waits until the program has printed a number not below {@code least} after {@code beginning}. */
    long awaitNumber(String beginning, long least) {
        return Long.parseLong(await(beginning, rest -> Long.parseLong(rest) >= least));
    }

    private String await(String beginning, Predicate<String> wanted) {
        var found = new String[1];
        Awaitility.await("a line \"" + beginning + "\" of " + this).atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20)).until(() -> {
                    boolean ended = !process.isAlive();
                    for (String line : out().split("\n")) {
                        if (line.startsWith(beginning) && wanted.test(line.substring(beginning.length()).strip())) {
                            found[0] = line.substring(beginning.length()).strip();
                            return true;
                        }
                    }
                    if (ended) {
                        throw new AssertionError(this + " has ended without a line \"" + beginning + "\"\n" + out() + err());
                    }
                    return false;
                });
        return found[0];
    }

    /** Writes a line to the program's standard input. */
    void tell(String line) {
        try {
            process.getOutputStream().write((line + '\n').getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException problem) {
            throw new UncheckedIOException(this + " no longer reads\n" + out() + err(), problem);
        }
    }

    /** The program's standard input ends. */
    void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Waits for the program's end, which must be a good one. */
    App awaitEnd() {
        assertThat(exit()).as("exit of %s\n%s%s", this, out(), err()).isZero();
        return this;
    }

    int exit() {
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("%s ends\n%s%s", this, out(), err())
                    .isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError("interrupted while waiting for " + this, interrupted);
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** {@code SIGKILL}. */
    void kill() {
        process.destroyForcibly();
        exit();
    }

    /** What the agent answered to its options at the start of the JVM. */
    Answer startAnswer() {
        Awaitility.await("the answer to the start of " + this).atMost(PATIENCE).pollInterval(Duration.ofMillis(10))
                .until(() -> Files.exists(startAnswer) || !process.isAlive());
        return new Answer(read(startAnswer));
    }

    /** Gives the agent a command through {@code jcmd}, which attaches it if it is not there yet. */
    Answer command(String options) {
        Path answer = folder.resolve("command-" + pid() + '-' + ++commands + ".answer");
        Run run = jcmd(options + (options.isEmpty() ? "" : ",") + "result=" + answer);
        assertThat(answer).as("the answer to %s; jcmd said: %s%s; %s%s", options, run.out(), run.err(), out(), err())
                .exists();
        return new Answer(read(answer));
    }

    /** {@code jcmd PID JVMTI.agent_load} with these options to the letter. */
    Run jcmd(String options) {
        return Run.of(JAVA_HOME.resolve("bin/jcmd"), pid(), "JVMTI.agent_load", jar, '"' + options + '"');
    }

    /** The BPF programs, maps and links that this process holds. */
    Bpftool.Objects bpf() {
        var objects = new Bpftool.Objects(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid()), "fdinfo"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                try {
                    for (String line : Files.readAllLines(descriptor)) {
                        String[] words = line.split(":?\\s+");
                        // a link tells its program's id as well, which is then among the programs anyway
                        switch (words[0]) {
                            case "prog_id" -> objects.programs().add(Integer.valueOf(words[1]));
                            case "map_id" -> objects.maps().add(Integer.valueOf(words[1]));
                            case "link_id" -> objects.links().add(Integer.valueOf(words[1]));
                            default -> { }
                        }
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    // not held any more
                }
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return objects;
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Run.text(file) : "";
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroyForcibly();
            exit();
        }
        forgetAttachSocket();
    }

    /** A JVM that is killed leaves it behind, and ids come round again. */
    private void forgetAttachSocket() {
        try {
            Files.deleteIfExists(Path.of("/tmp/.java_pid" + process.pid()));
        } catch (IOException othersFolder) {
            // nobody of this user's can use it either
        }
    }

    @Override
    public String toString() {
        return "process " + process.pid();
    }
}
