package dev.netflight.cli;

import dev.netflight.jvm.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The network devices that a process sees, as {@code tcpdump -D} lists them. */
final class Devices {
    private static final int HEADING = 2;

    private Devices() {}

    /**
     * {@return a line for each device, then one for all of them}
     *
     * @param pid of the process; {@code null} for this one
     */
    static String of(Long pid) throws RefusedException {
        try {
            StringBuilder list = new StringBuilder();
            List<String> lines = Files.readAllLines(Path.of("/proc", pid == null ? "self" : pid.toString(), "net/dev"));
            int number = 1;
            for (String line : lines.subList(Math.min(HEADING, lines.size()), lines.size())) {
                list.append(number++).append('.').append(line, 0, line.indexOf(':')).append('\n');
            }
            return list.append(number).append(".any (all of them)").toString().replaceAll("\\. +", ".");
        } catch (IOException | RuntimeException unreadable) {
            throw new RefusedException("The network devices of process " + pid + " cannot be seen: it has ended, or it is another"
                    + " user's. list shows the JVMs that can be reached.", unreadable);
        }
    }
}
