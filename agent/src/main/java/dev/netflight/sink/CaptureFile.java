package dev.netflight.sink;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** How capture files are opened, and why they cannot be. */
public final class CaptureFile {
    private CaptureFile() {}

    /**
     * Creates or empties {@code file}. What it will hold is somebody's traffic: only its owner may read it, also where it
     * existed with wider rights.
     *
     * @throws IOException that names the file and the reason
     */
    public static FileChannel create(Path file) throws IOException {
        var permissions = PosixFilePermissions.fromString("rw-------");
        Set<OpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        FileChannel channel = null;
        try {
            try {
                channel = FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(permissions));
                // A pipe or /dev/stdout keeps its rights.
                if (Files.isRegularFile(file)) {
                    Files.setPosixFilePermissions(file, permissions);
                }
            } catch (UnsupportedOperationException withoutPosixRights) {
                channel = FileChannel.open(file, options);
            }
            return channel;
        } catch (IOException e) {
            if (channel != null) {
                channel.close();
            }
            throw failure(file.toString(), e);
        }
    }

    /** {@return an exception that says what cannot be written and why} */
    public static IOException failure(String name, IOException e) {
        return new IOException("cannot write " + name + ": " + reason(e), e);
    }

    /** {@return why, without the file's name where the JDK's message repeats it} */
    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "its folder does not exist";
            case ClosedByInterruptException _ -> "its reader takes nothing any more";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
