package dev.netflight.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** A control group of version 2 of the test's own; removed when it is closed, which waits for its processes to end. */
record ControlGroup(Path folder) implements AutoCloseable {
    private static final AtomicInteger MADE = new AtomicInteger();

    static ControlGroup make() throws IOException {
        return make("netflight-test-" + ProcessHandle.current().pid() + '-' + MADE.incrementAndGet());
    }

    static ControlGroup make(String name) throws IOException {
        Needs.root();
        Path mount = Files.readAllLines(Path.of("/proc/self/mounts")).stream().map(line -> line.split(" "))
                .filter(words -> words[2].equals("cgroup2")).map(words -> Path.of(words[1])).findFirst().orElse(null);
        assumeTrue(mount != null, "left out: no control groups of version 2 are mounted");
        Path folder = mount.resolve(name);
        try {
            Files.createDirectory(folder);
        } catch (IOException refused) {
            assumeTrue(false, "left out: no control group can be made: " + refused);
        }
        return new ControlGroup(folder);
    }

    /** A command that runs the one behind it inside. */
    String[] entering() {
        return new String[] {"sh", "-c", "echo $$ > " + folder + "/cgroup.procs; exec \"$@\"", "sh"};
    }

    @Override
    public void close() {
        Awaitility.await("the end of all processes in " + folder).ignoreExceptions().until(() -> Files.deleteIfExists(folder));
    }
}
