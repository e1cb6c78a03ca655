package dev.netflight.cli;

import dev.netflight.control.KeyHelp;
import dev.netflight.control.Options;
import dev.netflight.control.Options.Verb;
import dev.netflight.control.OptionsException;
import dev.netflight.control.Preflight;
import dev.netflight.jvm.Attachment;
import dev.netflight.jvm.JavaProcess;
import dev.netflight.jvm.JavaProcesses;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code start}, {@code stop}, {@code status}, {@code dump} and {@code check}: the agent's verbs, carried out in the JVM that is
 * named. Options are the agent's, as {@code --key=value} or {@code key=value}.
 */
final class AgentCommand implements Callable<Integer> {
    /** Keys that tcpdump has a letter for. */
    private static final Map<String, String> LETTERS =
            Map.of("file", "-w", "snaplen", "-s", "interface", "-i", "direction", "-Q", "count", "-c");

    /** A file option whose path is relative: up to where the path begins. */
    private static final Pattern RELATIVE_FILE = Pattern.compile("(?:^|(?<!\\\\),)\\s*file[=:](?!/|unix:)");

    private final Verb verb;
    private final List<KeyHelp> keys;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private AgentCommand(Verb verb, String... description) {
        this.verb = verb;
        this.keys = KeyHelp.of(verb);
        boolean optional = verb == Verb.CHECK;
        spec.addPositional(PositionalParamSpec.builder().index("0").arity(optional ? "0..1" : "1").required(!optional)
                .paramLabel("PID").type(Long.class).converters(AgentCommand::pid).description("the JVM's process id; list shows them").build());
        spec.addPositional(PositionalParamSpec.builder().index("1..*").arity("0..*").paramLabel("KEY=VALUE")
                .type(String[].class).description("the options below without dashes, as the agent takes them").build());
        for (KeyHelp key : keys) {
            String letter = verb == Verb.START || verb == Verb.DUMP ? LETTERS.get(key.name()) : null;
            String[] names = letter == null ? new String[] {"--" + key.name()} : new String[] {letter, "--" + key.name()};
            spec.addOption(OptionSpec.builder(names).paramLabel(key.example()).type(String.class)
                    .description(key.allowed().replace("%", "%%")).build());
        }
        spec.usageMessage().description(description);
        spec.usageMessage().sortOptions(false);
    }

    static CommandSpec start() {
        return new AgentCommand(Verb.START, "Starts a capture in a running JVM. It goes on when this command has ended.", "",
                "A relative file is relative to this shell's folder where the JVM sees the same files, else to the JVM's own.")
                        .spec;
    }

    static CommandSpec stop() {
        return new AgentCommand(Verb.STOP, "Stops the capture, completes its file and removes every hook.").spec;
    }

    static CommandSpec status() {
        return new AgentCommand(Verb.STATUS, "Tells state, options, counters and each hook of the agent in a JVM.", "",
                "A JVM that has no agent yet gets it, armed. list looks without touching.").spec;
    }

    static CommandSpec dump() {
        return new AgentCommand(Verb.DUMP, "Flight mode: writes what is kept; the capture goes on.").spec;
    }

    static CommandSpec check() {
        return new AgentCommand(Verb.CHECK, "Tells what a JVM, or without PID this machine, allows, and what to do about what"
                + " it does not.").spec;
    }

    @Override
    public Integer call() throws Exception {
        Long pid = spec.positionalParameters().get(0).getValue();
        String options = options();
        if (pid == null) {
            return CommandLineInterface.tell(spec, Preflight.machine());
        }
        Path jar = OwnJar.path();
        JavaProcess target = JavaProcesses.reachable(pid, jar);
        var attachment = new Attachment(target, jar);
        if (attachment.sharesMounts()) {
            Matcher relative = RELATIVE_FILE.matcher(options);
            options = relative.replaceAll(found ->
                    Matcher.quoteReplacement(found.group() + escaped(Path.of("").toAbsolutePath().toString()) + '/'));
        }
        return CommandLineInterface.tell(spec,
                verb == Verb.START ? Starting.tell(target, attachment, options) : attachment.tell(options));
    }

    static Long pid(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException word) {
            throw new CommandLine.TypeConversionException("'" + text + "' is no process id; list shows those of the JVMs");
        }
    }

    /** The whole text for the agent, which is known to be one that it understands. */
    private String options() {
        StringBuilder text = new StringBuilder(verb.toString());
        for (KeyHelp key : keys) {
            String value = spec.findOption("--" + key.name()).getValue();
            if (value != null) {
                Options.append(text, key.name(), value);
            }
        }
        String[] words = spec.positionalParameters().get(1).getValue();
        if (words != null) {
            for (String word : words) {
                text.append(',').append(word);
            }
        }
        try {
            Options parsed = Options.parse(text.toString());
            if (parsed.result().isPresent()) {
                throw new CommandLine.ParameterException(spec.commandLine(), "result is what this command gets its own answer "
                        + "by: leave it out and redirect the output.");
            }
            if (parsed.helper().isPresent()) {
                throw new CommandLine.ParameterException(spec.commandLine(), "helper is given by this command itself where a JVM "
                        + "needs one: leave it out.");
            }
        } catch (OptionsException wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), wrong.getMessage());
        }
        return text.toString();
    }

    private static String escaped(String path) {
        StringBuilder text = new StringBuilder();
        Options.append(text, "", path);
        return text.substring(",=".length());
    }
}
