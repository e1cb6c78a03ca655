package dev.netflight.jvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who is who on this machine. */
final class Users {
    private static long own = -1;

    private Users() {}

    /** {@return this process's effective user id} */
    static synchronized long own() {
        if (own < 0) {
            own = new ProcessEntry(ProcessHandle.current().pid()).uid();
        }
        return own;
    }

    /** {@return the name that {@code /etc/passwd} has for it, else the number} Directory services are not asked. */
    static String name(long uid) {
        String id = Long.toString(uid);
        try {
            for (String line : Files.readAllLines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", 4);
                if (fields.length == 4 && fields[2].equals(id)) {
                    return fields[0];
                }
            }
        } catch (IOException unreadable) {
            // the number then
        }
        return id;
    }
}
