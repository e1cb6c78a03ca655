package dev.netflight.control;

import java.io.IOException;
import java.nio.file.Path;

/** Keeps a remote caller's files below one folder, whatever links and dots the path has. */
final class Confinement {
    private Confinement() {}

    /** @throws CaptureException if the options name a file outside of {@code folder} */
    static void check(Options options, Path folder) throws CaptureException {
        if (options.result().isPresent()) {
            throw refused("result=" + options.result().get(), folder);
        }
        if (options.helper().isPresent()) {
            throw refused("helper=" + options.helper().get(), folder);
        }
        if (options.dir().isPresent()) {
            throw refused("dir=" + options.dir().get(), folder);
        }
        if (options.file().isPresent()) {
            OutputFile file = options.file().get();
            if (file.socket()) {
                throw refused("file=" + file, folder);
            }
            checkPath(Path.of(file.pattern()), folder);
        }
    }

    private static void checkPath(Path path, Path folder) throws CaptureException {
        Path wanted = path.toAbsolutePath().normalize();
        Path parent = wanted.getParent();
        try {
            // the folder that holds the file must be there, and really be below
            if (parent == null || !parent.toRealPath().startsWith(folder.toRealPath())) {
                throw refused("file=" + path, folder);
            }
        } catch (IOException missing) {
            throw new CaptureException("The folder of file=" + path + " does not exist: " + missing.getMessage()
                    + ". Create it, or name a file directly in " + folder + ".", missing);
        }
    }

    private static CaptureException refused(String what, Path folder) {
        return new CaptureException(what + " is refused over JMX: only file= is allowed, and only below " + folder
                + ", the folder configured when the agent was loaded (dir=).");
    }
}
