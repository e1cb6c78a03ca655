package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** The command line as a user runs it: {@code java -jar netflight.jar …}. */
final class Netflight {
    private Netflight() {}

    /** Runs it to its end, whatever comes of it. */
    static Run run(Object... arguments) {
        return Run.of(command(arguments).toArray());
    }

    static List<String> command(Object... arguments) {
        List<String> command = new ArrayList<>(
                List.of(App.JAVA_HOME.resolve("bin/java").toString(), "-jar", App.jar().toString()));
        command.addAll(Run.words(arguments));
        return command;
    }

    /** {@return the output of a command that must end well and complain of nothing} */
    static String well(Object... arguments) {
        Run run = run(arguments);
        assertThat(run.err()).as("standard error of %s", List.of(arguments)).isEmpty();
        assertThat(run.exit()).as("exit of %s\n%s", List.of(arguments), run.out()).isZero();
        return run.out();
    }

    /** {@return the sentence of a command that must fail: one line on standard error, nothing on standard output, exit 1} */
    static String failure(Object... arguments) {
        Run run = run(arguments);
        assertThat(run.exit()).as("exit of %s\n%s%s", List.of(arguments), run.out(), run.err()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("netflight: ").hasLineCount(1).doesNotContain("Exception");
        return run.err().substring("netflight: ".length()).strip();
    }

    /** {@return what is said of a command that must not be understood: exit 2} */
    static String misunderstanding(Object... arguments) {
        Run run = run(arguments);
        assertThat(run.exit()).as("exit of %s\n%s%s", List.of(arguments), run.out(), run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("netflight: ").doesNotContain("Exception");
        return run.err();
    }
}
