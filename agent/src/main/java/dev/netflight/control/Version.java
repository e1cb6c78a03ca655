package dev.netflight.control;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Which Netflight this is. */
public final class Version {
    private Version() {}

    /** Such as {@code Netflight 0.1.0}. */
    public static String application() {
        try (InputStream in = Version.class.getResourceAsStream("/dev/netflight/version.txt")) {
            return in == null ? "Netflight" : "Netflight " + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException unreadable) {
            return "Netflight";
        }
    }
}
