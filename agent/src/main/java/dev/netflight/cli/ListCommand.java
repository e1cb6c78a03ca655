package dev.netflight.cli;

import dev.netflight.jvm.JavaProcess;
import dev.netflight.jvm.JavaProcesses;
import dev.netflight.jvm.Terminal;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code list}: the JVMs of this machine, and which of them have Netflight. None of them notices. */
final class ListCommand implements Callable<Integer> {
    private CommandSpec spec;

    private ListCommand() {}

    static CommandSpec spec() {
        var command = new ListCommand();
        command.spec = CommandSpec.wrapWithoutInspection(command);
        command.spec.usageMessage().description("Lists the JVMs of this machine, and which of them have Netflight.", "",
                "NETFLIGHT is none, armed or capturing; where the JVM cannot be reached, the reason. No JVM is attached to.");
        return command.spec;
    }

    @Override
    public Integer call() throws Exception {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"PID", "USER", "JDK", "NETFLIGHT", "MAIN"});
        for (JavaProcess jvm : JavaProcesses.all(OwnJar.path())) {
            rows.add(new String[] {Long.toString(jvm.pid()), jvm.user(), jvm.version().isEmpty() ? "?" : jvm.version(),
                state(jvm), jvm.program().isEmpty() ? "?" : Terminal.safe(jvm.program())});
        }
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).repeat(' ', i == row.length - 1 ? 0 : widths[i] - row[i].length() + 2);
            }
            out.println(line);
        }
        return 0;
    }

    private static String state(JavaProcess jvm) {
        String presence = jvm.presence().name().toLowerCase(Locale.ROOT);
        boolean here = jvm.presence() == JavaProcess.Presence.ARMED || jvm.presence() == JavaProcess.Presence.CAPTURING;
        return jvm.obstacle().map(obstacle -> here ? presence + " (" + obstacle + ')' : obstacle.toString())
                .orElse(presence);
    }
}
