import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sees to it that a sample is not taken while other programs run: it tells whether any did, by the user CPU time that neither
 * this process nor its descendants used, and by the time that a virtual machine's host kept for itself, and takes the sample
 * again. Time in the kernel does not count, since writing a capture to disk makes kernel threads work. Waits for half an
 * hour in all, then takes what comes.
 */
final class Neighbours {
    /** Of all CPUs. */
    private static final double TOLERATED = 0.02;
    private static long patienceNanos = 1_800_000_000_000L;
    /** USER_HZ: what the kernel counts CPU time in, for everybody. */
    private static final double TICKS = 100;

    private static long waitedNanos;
    private static int again;
    private static int disturbed;

    interface Sample<T> {
        T take() throws IOException, InterruptedException;
    }

    private Neighbours() {}

    /** From now on samples count as they come; the summary tells how many were disturbed. */
    static void doNotWait() {
        patienceNanos = 0;
    }

    static <T> T undisturbed(Sample<T> sample) throws IOException, InterruptedException {
        while (true) {
            long began = System.nanoTime();
            double before = others();
            T taken = sample.take();
            double seconds = (System.nanoTime() - began) / 1e9;
            boolean quiet = isQuiet(others() - before, seconds);
            if (quiet || waitedNanos >= patienceNanos) {
                disturbed += quiet ? 0 : 1;
                return taken;
            }
            again++;
            await();
            waitedNanos += System.nanoTime() - began;
        }
    }

    /** Waits until nobody else has used the CPUs for three seconds. */
    static void await() throws IOException, InterruptedException {
        long began = System.nanoTime();
        for (int quiet = 0; quiet < 3 && waitedNanos + System.nanoTime() - began < patienceNanos;) {
            double before = others();
            Thread.sleep(1000);
            quiet = isQuiet(others() - before, 1) ? quiet + 1 : 0;
        }
    }

    static String summary() {
        return again + " samples were taken again because of other programs; " + disturbed + " of those that count are disturbed";
    }

    private static boolean isQuiet(double otherSeconds, double seconds) {
        // a tick is coarse: two of them are nothing
        return otherSeconds <= Math.max(TOLERATED * seconds * Runtime.getRuntime().availableProcessors(), 2.5 / TICKS);
    }

    /** CPU seconds that were used by others since the machine's start: in user mode, and those that the host has not given. */
    private static double others() throws IOException {
        String[] all = Files.readAllLines(Path.of("/proc/stat")).getFirst().split("\\s+");
        long ours = ticks(ProcessHandle.current());
        try (Stream<ProcessHandle> children = ProcessHandle.current().descendants()) {
            for (ProcessHandle child : children.toList()) {
                ours += ticks(child);
            }
        }
        long stolen = Long.parseLong(all[8]);
        return (Long.parseLong(all[1]) + Long.parseLong(all[2]) + stolen - ours) / TICKS;
    }

    /** utime of a process and of those children that it has waited for. */
    private static long ticks(ProcessHandle process) throws IOException {
        try {
            String line = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            List<String> fields = List.of(line.substring(line.lastIndexOf(')') + 2).split(" "));
            return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(13));
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }
}
