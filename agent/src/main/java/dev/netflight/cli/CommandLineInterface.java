package dev.netflight.cli;

import dev.netflight.control.Version;
import dev.netflight.jvm.RefusedException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code netflight COMMAND …}: finds the command, runs it, and says in one sentence what went wrong. */
public final class CommandLineInterface {
    /** As users call it, by an alias or a script for {@code java -jar netflight.jar}. */
    static final String NAME = "netflight";

    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private static final String COMPLETION = "generate-completion";

    private static final Map<String, Supplier<CommandSpec>> COMMANDS = commands();

    private CommandLineInterface() {}

    private static Map<String, Supplier<CommandSpec>> commands() {
        Map<String, Supplier<CommandSpec>> commands = new LinkedHashMap<>();
        commands.put("list", ListCommand::spec);
        commands.put("start", AgentCommand::start);
        commands.put("stop", AgentCommand::stop);
        commands.put("status", AgentCommand::status);
        commands.put("dump", AgentCommand::dump);
        commands.put("check", AgentCommand::check);
        commands.put("capture", CaptureCommand::spec);
        commands.put("read", ReadCommand::spec);
        commands.put("jfc", SettingsCommand::spec);
        return commands;
    }

    /** {@return the exit status: 0, 1 where the command failed, 2 where it was not understood} Nothing is thrown. */
    public static int run(String[] given) {
        String[] arguments = FileToRead.first(given);
        var out = new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        var err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        CommandLine commandLine = commandLine(arguments.length == 0 ? "" : arguments[0]);
        commandLine.setOut(out).setErr(err)
                .setParameterExceptionHandler((wrong, _) -> misunderstood(wrong))
                .setExecutionExceptionHandler((failure, command, _) -> failed(failure, command));
        int status = commandLine.execute(arguments);
        out.flush();
        err.flush();
        return status;
    }

    /** With the one command that is asked for, so that the others cost nothing; with all of them for help and completion. */
    private static CommandLine commandLine(String asked) {
        var root = new RootCommand();
        CommandSpec spec = CommandSpec.wrapWithoutInspection(root);
        root.spec = spec;
        spec.name(NAME).mixinStandardHelpOptions(true).version(Version.application());
        spec.usageMessage().description("A flight recorder for the wire: every packet of a JVM, with the Java thread and stack"
                + " that caused it.").footer("", NAME + " COMMAND --help tells about one command.",
                "Exit status: 0 done, 1 failed, 2 not understood.");
        if (COMMANDS.containsKey(asked)) {
            spec.addSubcommand(asked, complete(COMMANDS.get(asked).get()));
        } else {
            COMMANDS.forEach((name, command) -> spec.addSubcommand(name, complete(command.get())));
            spec.addSubcommand(COMPLETION, new CommandLine(new AutoComplete.GenerateCompletion()));
        }
        return new CommandLine(spec).setUsageHelpAutoWidth(true);
    }

    private static CommandLine complete(CommandSpec spec) {
        spec.mixinStandardHelpOptions(true).version(Version.application());
        return new CommandLine(spec);
    }

    private static int misunderstood(CommandLine.ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println(NAME + ": " + wrong.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, command.getErr())) {
            command.getErr().println("Help: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return USAGE;
    }

    /** Who reads our output has gone, as {@code head} does: an end like another. */
    static boolean isClosedPipe(Exception failure) {
        return failure instanceof IOException && "Broken pipe".equals(failure.getMessage());
    }

    private static int failed(Exception failure, CommandLine command) {
        if (isClosedPipe(failure)) {
            return DONE;
        }
        command.getOut().flush();
        String sentence = failure instanceof RefusedException ? failure.getMessage()
                : failure.getMessage() == null ? failure.toString() : failure.getMessage();
        command.getErr().println(NAME + ": " + sentence);
        return FAILED;
    }

    /** {@return the exit status for an answer of the agent, which it prints: the good ones are output, the others are not} */
    static int tell(CommandSpec spec, String answer) {
        CommandLine command = spec.commandLine();
        if (answer.startsWith("OK")) {
            command.getOut().println(answer.substring("OK".length()).strip());
            return DONE;
        }
        String sentence = answer.startsWith("ERROR") ? answer.substring("ERROR".length()).strip() : answer;
        command.getErr().println(NAME + ": " + sentence);
        return FAILED;
    }

    /** Without a command there is nothing to do. */
    private static final class RootCommand implements Runnable {
        private CommandSpec spec;

        @Override
        public void run() {
            throw new CommandLine.ParameterException(spec.commandLine(), "which command? "
                    + String.join(", ", COMMANDS.keySet()));
        }
    }
}
