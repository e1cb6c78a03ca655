package dev.netflight.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The finished jar as a merely armed agent of a JVM of its own, and as a program. */
@Timeout(120)
class JarIT {
    private static final Path JAR = Path.of(System.getProperty("netflight.jar"));
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    /** What the application's own class path holds. */
    private static final Path CLASSES = classes();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {
        "-Dnothing=special",
        "--illegal-native-access=deny",
        "-Xcheck:jni",
        "--limit-modules=java.base,java.instrument",
        "-XX:+UseSerialGC",
        "-XX:+UseParallelGC",
        "-XX:+UseG1GC",
        "-XX:+UseZGC",
        "-Xshare:off",
        "-Xverify:all"
    })
    void an_armed_agent_says_nothing_and_changes_nothing(String flag) throws Exception {
        Run run = java(flag, "-javaagent:" + JAR, Application.class.getName(), "meet");
        assertThat(run.out).isEqualTo("met\n");
        // -Xverify:all itself is deprecated, and says so
        assertThat(run.err.lines().filter(line -> !line.contains("verify"))).isEmpty();
        assertThat(run.status).isZero();
    }

    @Test
    void an_armed_agent_loads_of_jfr_what_listens_for_recordings_and_neither_events_nor_byte_buddy_nor_the_natives() throws Exception {
        Path log = folder.resolve("classes");
        Run run = java("-Xlog:class+load:file=" + log, "-javaagent:" + JAR, Application.class.getName(), "meet");
        assertThat(run.out).isEqualTo("met\n");
        List<String> loaded = Files.readAllLines(log).stream()
                .map(line -> line.replaceFirst("^(\\[[^]]*])*\\s*", ""))
                .filter(line -> line.matches("(dev\\.netflight\\.(agent|libbpf|jfr)|jdk\\.jfr|net\\.bytebuddy)\\..*"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
        assertThat(loaded).filteredOn(name -> !name.startsWith("jdk.jfr.")).containsExactly("dev.netflight.agent.Entry");
        assertThat(loaded).filteredOn(name -> name.startsWith("jdk.jfr.")).hasSizeLessThan(20)
                .doesNotContain("jdk.jfr.Event", "jdk.jfr.Recording");
    }

    @Test
    void the_application_sees_the_boot_classes_and_nothing_else_of_ours() throws Exception {
        Run run = java("-javaagent:" + JAR, Application.class.getName(), "look",
                "dev.netflight.boot.Agent", "dev.netflight.agent.Entry", "dev.netflight.model.Packet", "net.bytebuddy.ByteBuddy");
        assertThat(run.out).isEqualTo("dev.netflight.boot.Agent\n");
    }

    @Test
    void the_exit_status_of_the_application_stays_its_own() throws Exception {
        assertThat(java("-javaagent:" + JAR, Application.class.getName(), "exit").status).isEqualTo(7);
    }

    @Test
    void the_jdk_that_built_the_jar_is_woven_ahead() throws IOException {
        try (ZipFile jar = new ZipFile(JAR.toFile())) {
            assertThat(jar.stream().map(Object::toString).filter(name -> name.matches(
                    "modules/dev\\.netflight\\.agent/woven/[A-Za-z]+-[0-9a-f]+\\.class"))).isNotEmpty();
        }
    }

    @Test
    void an_older_jdk_gets_one_sentence_and_goes_on() throws Exception {
        Path java = olderJava();
        Path program = Files.writeString(folder.resolve("Hello.java"), """
                public class Hello {
                    public static void main(String[] args) {
                        System.out.println("hello");
                    }
                }
                """);
        Run agent = run(List.of(java.toString(), "-javaagent:" + JAR, program.toString()));
        assertThat(agent.out).isEqualTo("hello\n");
        assertThat(agent.err).containsOnlyOnce("Netflight is not loaded").contains("needs JDK 25", "this is JDK 17");
        assertThat(agent.status).isZero();

        Run main = run(List.of(java.toString(), "-jar", JAR.toString(), "list"));
        assertThat(main.err).hasLineCount(1).startsWith("netflight: it needs JDK 25").contains("this is JDK 17");
        assertThat(main.status).isEqualTo(1);
    }

    private static Path olderJava() throws IOException {
        Path installed = Path.of("/usr/lib/jvm");
        List<Path> javas = List.of();
        if (Files.isDirectory(installed)) {
            try (Stream<Path> jdks = Files.list(installed)) {
                javas = jdks.filter(jdk -> jdk.getFileName().toString().contains("17"))
                        .map(jdk -> jdk.resolve("bin/java"))
                        .filter(Files::isExecutable)
                        .toList();
            }
        }
        assumeTrue(!javas.isEmpty(), "left out: no JDK 17 in " + installed);
        return javas.getFirst();
    }

    private Run java(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-cp", CLASSES.toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private Run run(List<String> command) throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private record Run(int status, String out, String err) {}

    private static Path classes() {
        try {
            return Path.of(JarIT.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs in the JVM with the agent. */
    static final class Application {
        private Application() {}

        public static void main(String[] args) throws Exception {
            switch (args[0]) {
                case "meet" -> meet();
                case "look" -> look(List.of(args).subList(1, args.length));
                case "exit" -> System.exit(7);
                default -> throw new IllegalArgumentException(args[0]);
            }
        }

        /** Waits for the agent, which arms itself beside the application. */
        private static void meet() throws InterruptedException {
            for (Thread boot : Thread.getAllStackTraces().keySet()) {
                if (boot.getName().equals("netflight-boot")) {
                    boot.join();
                }
            }
            System.out.println("met");
        }

        private static void look(List<String> names) throws IOException {
            for (String name : names) {
                try (InputStream file = ClassLoader.getSystemResourceAsStream(name.replace('.', '/') + ".class")) {
                    if (file != null) {
                        System.out.println(name);
                    }
                }
            }
        }
    }
}
