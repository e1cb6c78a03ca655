package dev.netflight.instrument;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleReader;

/** Files of this module. */
final class OwnResources {
    private OwnResources() {}

    /**
     * Reads a whole file. In the agent's layer directly from the module's reader: by way of the loader it would be a URL
     * connection that opens the jar once more, 20 ms the first time.
     *
     * @param path from the module's root, without a leading slash
     * @return {@code null} if there is none
     */
    static byte[] read(String path) throws IOException {
        Module module = OwnResources.class.getModule();
        if (!module.isNamed()) {
            try (InputStream in = OwnResources.class.getClassLoader().getResourceAsStream(path)) {
                return in == null ? null : in.readAllBytes();
            }
        }
        try (ModuleReader reader = module.getLayer().configuration().findModule(module.getName()).orElseThrow().reference().open();
                InputStream in = reader.open(path).orElse(null)) {
            return in == null ? null : in.readAllBytes();
        }
    }
}
