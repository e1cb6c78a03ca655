package dev.netflight.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code jfc FOLDER}: writes the settings files for JFR, which its tools take as files only. */
final class SettingsCommand implements Callable<Integer> {
    private static final List<String> FILES = List.of("netflight.jfc", "netflight-profile.jfc");

    private CommandSpec spec;

    private SettingsCommand() {}

    static CommandSpec spec() {
        var command = new SettingsCommand();
        command.spec = CommandSpec.wrapWithoutInspection(command);
        command.spec.usageMessage().description("Writes the settings files for JFR recordings, " + String.join(" and ", FILES)
                + ", into a folder, over older ones.", "",
                "jcmd PID JFR.start settings=default settings=FOLDER/netflight.jfc records with them; FOLDER absolute.");
        command.spec.addPositional(PositionalParamSpec.builder().index("0").paramLabel("FOLDER").type(Path.class)
                .required(true).description("An existing folder.").build());
        return command.spec;
    }

    @Override
    public Integer call() throws IOException {
        Path folder = spec.positionalParameters().getFirst().getValue();
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + " is no folder. Name one that exists.");
        }
        for (String name : FILES) {
            Path file = folder.resolve(name).toAbsolutePath().normalize();
            try (InputStream settings = SettingsCommand.class.getResourceAsStream(name)) {
                Files.copy(settings, file, StandardCopyOption.REPLACE_EXISTING);
            }
            spec.commandLine().getOut().println(file);
        }
        return 0;
    }
}
