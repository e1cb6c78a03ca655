package dev.netflight.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;

/** How the dumps of a capture are called, and which of them stay. Guarded by its owner. */
final class DumpFiles {
    /** Of those dumps that the user has not named one by one, so many stay unless told otherwise. */
    static final int BY_DEFAULT = 10;

    private final OutputFile own;
    private final long pid;
    private final ZonedDateTime start;
    private final int keep;
    private final ArrayDeque<Path> kept = new ArrayDeque<>();
    private int number;

    /** @param pid as the process sees itself */
    DumpFiles(Options options, long pid, Instant started) {
        this.own = options.file().map(OutputFile::numbered).orElse(null);
        this.pid = pid;
        this.start = started.atZone(ZoneId.systemDefault());
        this.keep = options.files().orElse(BY_DEFAULT);
    }

    /** Whether a dump has a name without being given one. */
    boolean hasOwn() {
        return own != null;
    }

    /** {@return the next dump's file} @param named by the user, or {@code null} for the next of the capture's own */
    Path next(OutputFile named) {
        return (named == null ? own : named).path(pid, start, number).toAbsolutePath();
    }

    /** The dump that {@link #next} named was written; of the capture's own the oldest may have to go. */
    void written(OutputFile named, Path file) throws IOException {
        number++;
        if (named == null) {
            kept.add(file);
            while (kept.size() > keep) {
                Files.deleteIfExists(kept.poll());
            }
        }
    }
}
