package dev.netflight.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The network devices that options name. The kernel programs go by names, so a device may also come later. */
final class NamedInterfaces {
    /** Devices of this network namespace, with addresses or without; two lines of heading. */
    private static final Path DEVICES = Path.of("/proc/self/net/dev");
    private static final int HEADING = 2;

    private NamedInterfaces() {}

    /**
     * Refuses names of which not one is there: that is a slip. Where at least one is, the others may come later. With another
     * scope than the process the devices may be those of another network namespace, which is not looked into.
     *
     * @throws CaptureException that names them and what there is
     */
    static void check(Options options) throws CaptureException {
        List<String> wanted = options.interfaces();
        if (wanted.isEmpty() || options.scope() != Options.Scope.PROCESS) {
            return;
        }
        List<String> there;
        try {
            there = Files.readAllLines(DEVICES).stream().skip(HEADING)
                    .map(line -> line.substring(0, line.indexOf(':')).strip()).toList();
        } catch (IOException | RuntimeException unreadable) {
            return;
        }
        if (wanted.stream().noneMatch(there::contains)) {
            throw new CaptureException("interface=" + String.join("+", wanted) + ": this JVM's network namespace has no such"
                    + " device. It has " + String.join(", ", there) + ". One that comes later can be named beside one that is"
                    + " there: interface=" + there.getFirst() + "+" + wanted.getFirst() + ".");
        }
    }
}
