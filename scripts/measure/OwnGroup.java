import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A control group of version 2, made for a measurement; removed when it is closed, after its processes have ended. */
record OwnGroup(Path folder) implements AutoCloseable {
    /** @throws IOException where none can be made */
    static OwnGroup make() throws IOException {
        Path mount = Files.readAllLines(Path.of("/proc/self/mounts")).stream().map(line -> line.split(" "))
                .filter(words -> words[2].equals("cgroup2")).map(words -> Path.of(words[1])).findFirst()
                .orElseThrow(() -> new IOException("no control groups of version 2 are mounted"));
        return new OwnGroup(Files.createDirectory(mount.resolve("netflight-overhead-" + ProcessHandle.current().pid())));
    }

    /** A command that runs the one behind it inside. */
    List<String> entering() {
        return List.of("sh", "-c", "echo $$ > " + folder + "/cgroup.procs; exec \"$@\"", "sh");
    }

    @Override
    public void close() throws IOException {
        Files.delete(folder);
    }
}
