package dev.netflight.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** The jar that this command line was started from, which is also the agent. */
final class OwnJar {
    private OwnJar() {}

    /** {@return its path without links} */
    static Path path() throws IOException {
        try {
            return Path.of(OwnJar.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toRealPath();
        } catch (URISyntaxException absurd) {
            throw new IOException("the path of netflight.jar cannot be told: " + absurd.getMessage(), absurd);
        }
    }
}
