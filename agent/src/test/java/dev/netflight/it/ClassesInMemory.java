package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The bytecode that a JVM runs at the moment, as the serviceability agent reads it from the JVM's memory. A transformer of
 * class files would not do: it is given the file that the class was loaded from.
 */
final class ClassesInMemory {
    /** Of which a capture follows or rewrites methods, without those with lambdas, which jhsdb does not write well. */
    private static final String[] CLASSES = {"SocketDispatcher", "UnixDispatcher", "Net", "NioSocketImpl"};

    private ClassesInMemory() {}

    /** Methods with their instructions by class, without the numbers of the constant pool, which a retransformation changes. */
    static Map<String, String> of(App app, Path folder) {
        Path jhsdb = App.JAVA_HOME.resolve("bin/jhsdb");
        assumeTrue(Files.isExecutable(jhsdb), "left out: this JDK has no jhsdb");
        try {
            Path dump = Files.createTempDirectory(folder, "classes");
            String commands = Stream.of(CLASSES).map(name -> "dumpclass sun.nio.ch." + name + ' ' + dump)
                    .collect(Collectors.joining("\n", "", "\nquit\n"));
            Path script = Files.writeString(dump.resolve("commands"), commands);
            Run run = Run.of("sh", "-c", jhsdb + " clhsdb --pid " + app.pid() + " < " + script);
            assertThat(run.exit()).as("exit of jhsdb: %s%s", run.out(), run.err()).isZero();

            var text = new TreeMap<String, String>();
            for (String name : CLASSES) {
                Path file = dump.resolve("sun/nio/ch/" + name + ".class");
                assertThat(file).as("dumped by jhsdb, which said %s%s", run.out(), run.err()).exists();
                text.put(name, methods(file.toString()));
            }
            return text;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** What {@link #of} gives in a JVM in which nothing was changed. */
    static Map<String, String> asInTheJdk() {
        var text = new TreeMap<String, String>();
        for (String name : CLASSES) {
            text.put(name, methods("sun.nio.ch." + name));
        }
        return text;
    }

    private static String methods(String classOrFile) {
        var text = new StringWriter();
        var errors = new StringWriter();
        int exit = ToolProvider.findFirst("javap").orElseThrow()
                .run(new PrintWriter(text), new PrintWriter(errors), "-p", "-c", classOrFile);
        assertThat(exit).as("exit of javap for %s: %s%s", classOrFile, text, errors).isZero();
        // without the class's last brace: HotSpot orders methods by the addresses of their names
        return String.join("\n\n", new TreeSet<>(Stream.of(text.toString().replaceAll("#\\d+(, +\\d+)?", "#").split("\n\n"))
                .map(method -> method.replaceAll("[ \t]+", " ").replaceAll("\n}", "").strip()).toList()));
    }
}
