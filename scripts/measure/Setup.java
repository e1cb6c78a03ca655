import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What all measurements need to know.
 *
 * @param javaHome of the JVMs that are measured
 * @param agent    the agent's jar
 * @param samples  the jar with the programs that are measured
 * @param folder   for captures and output; is on a disk, as it would be in earnest
 * @param quick    few and short samples: to see that all works, not to learn figures
 */
record Setup(Path javaHome, Path agent, Path samples, Path folder, boolean quick) {
    private static final String PACKAGE = "dev.netflight.samples.load.";

    String tool(String name) {
        return javaHome.resolve("bin").resolve(name).toString();
    }

    /** The command of one of the programs in {@code samples}: its name, then its arguments. */
    List<String> program(List<String> jvmOptions, List<String> program) {
        List<String> command = new java.util.ArrayList<>();
        command.add(tool("java"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", samples.toString(), PACKAGE + program.getFirst()));
        command.addAll(program.subList(1, program.size()));
        return command;
    }

    String armed() {
        return "-javaagent:" + agent;
    }

    String capturing(Path file) {
        return "-javaagent:" + agent + "=start,file=" + file;
    }

    /** A file of this name that does not exist yet. */
    Path fresh(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.deleteIfExists(file);
        return file;
    }

    int samples(int many, int few) {
        return quick ? few : many;
    }
}
