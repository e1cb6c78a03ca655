package dev.netflight.cli;

import dev.netflight.control.KeyHelp;
import dev.netflight.control.Options;
import dev.netflight.control.Options.Verb;
import dev.netflight.control.OptionsException;
import dev.netflight.jvm.Attachment;
import dev.netflight.jvm.JavaProcess;
import dev.netflight.jvm.JavaProcesses;
import dev.netflight.jvm.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code capture}: the packets of a running JVM as they come, until Ctrl-C, {@code -c}, {@code --duration} or its end. */
final class CaptureCommand implements Callable<Integer> {
    /** Keys of a start that have another form here or no sense for a stream. */
    private static final Set<String> NOT_HERE =
            Set.of("file", "filter", "direction", "count", "maxsize", "maxage", "files", "mode", "size", "dumpon",
                    "dir");
    private static final Map<String, String> LETTERS = Map.of("interface", "-i", "snaplen", "-s");

    private static final String DEVICES = "-D";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final PacketFlags flags;
    private final List<KeyHelp> keys =
            KeyHelp.of(Verb.START).stream().filter(key -> !NOT_HERE.contains(key.name())).toList();

    private CaptureCommand() {
        spec.addPositional(PositionalParamSpec.builder().index("0").arity("0..1").required(false).paramLabel("PID")
                .type(Long.class).converters(AgentCommand::pid).description("the JVM's process id; list shows them").build());
        spec.addPositional(PositionalParamSpec.builder().index("1..*").arity("0..*").paramLabel("EXPRESSION")
                .type(String[].class).description("which packets, as in pcap-filter(7)").build());
        flags = PacketFlags.addTo(spec);
        spec.addOption(OptionSpec.builder(DEVICES, "--list-interfaces").type(boolean[].class).arity("0")
                .description("lists the network devices that the JVM sees, or without PID this machine's, and ends").build());
        spec.addOption(OptionSpec.builder("-r").paramLabel("FILE").type(String.class)
                .description("reads a file, as the command read does").build());
        for (KeyHelp key : keys) {
            String letter = LETTERS.get(key.name());
            String[] names = letter == null ? new String[] {"--" + key.name()} : new String[] {letter, "--" + key.name()};
            spec.addOption(OptionSpec.builder(names).paramLabel(key.example()).type(String.class)
                    .description(key.allowed().replace("%", "%%")).build());
        }
        spec.usageMessage().description("Captures in a running JVM and prints the packets as they come, until Ctrl-C, -c,"
                + " --duration or the end of the JVM; then detaches and tells what was captured, lost and dropped.", "",
                NAME_AND_PIPE);
        spec.usageMessage().sortOptions(false);
    }

    private static final String NAME_AND_PIPE =
            "Into Wireshark: " + CommandLineInterface.NAME + " capture PID -s 0 -w - | wireshark -k -i -";

    static CommandSpec spec() {
        return new CaptureCommand().spec;
    }

    @Override
    public Integer call() throws Exception {
        Long pid = spec.positionalParameters().get(0).getValue();
        if (flags.has(DEVICES)) {
            spec.commandLine().getOut().println(Devices.of(pid));
            return 0;
        }
        if (pid == null) {
            throw flags.wrong("Missing required parameter: 'PID'");
        }
        String options = options();
        Path jar = OwnJar.path();
        JavaProcess target = JavaProcesses.reachable(pid, jar);
        try (PacketOutput output = new PacketOutput(flags, "", true)) {
            var capture = new LiveCapture(target, new Attachment(target, jar), output);
            Thread interrupted = new Thread(null, () -> interrupted(capture), "netflight-interrupt", 0, false);
            Runtime.getRuntime().addShutdownHook(interrupted);
            String answer = capture.start(options);
            if (!answer.startsWith("OK")) {
                return CommandLineInterface.tell(spec, answer);
            }
            say("capturing process " + pid + " (" + target.program() + "); Ctrl-C ends");
            capture.await();
            capture.end();
            capture.tellTotals(this::say);
            if (capture.trouble() != null && !CommandLineInterface.isClosedPipe(capture.trouble())) {
                throw new RefusedException("The stream of process " + pid + " broke: " + capture.trouble().getMessage() + ".");
            }
            return 0;
        }
    }

    /** Ctrl-C is the usual end, and no failure. On the way out of the JVM, so its end is decided here. */
    private void interrupted(LiveCapture capture) {
        try {
            capture.end();
            if (capture.tellTotals(this::say)) {
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException impossible) {
            Thread.currentThread().interrupt();
        }
    }

    private void say(String sentence) {
        spec.commandLine().getErr().println(CommandLineInterface.NAME + ": " + sentence);
    }

    /** What goes to the agent behind its verb and file: all that chooses packets early spares the JVM work. */
    private String options() throws IOException {
        StringBuilder text = new StringBuilder("start");
        for (KeyHelp key : keys) {
            String value = spec.findOption("--" + key.name()).getValue();
            if (value != null) {
                Options.append(text, key.name(), value);
            }
        }
        String[] words = spec.positionalParameters().get(1).getValue();
        String expression = flags.expression(words == null ? List.of() : Arrays.asList(words));
        if (!expression.isEmpty()) {
            Options.append(text, "filter", expression);
        }
        if (flags.value("-Q") != null) {
            Options.append(text, "direction", flags.value("-Q"));
        }
        if (flags.has("-d")) {
            throw flags.wrong("-d needs a file with packets, whose link layer it compiles for: use read.");
        }
        try {
            Options.parse(text.toString());
        } catch (OptionsException wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), wrong.getMessage());
        }
        return text.substring("start".length());
    }
}
