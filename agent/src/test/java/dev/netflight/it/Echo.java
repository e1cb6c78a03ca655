package dev.netflight.it;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.Talker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An {@link EchoServer} for all tests of a class, and talkers that talk to it. For a static field, as a JUnit extension. */
final class Echo implements BeforeAllCallback, AfterAllCallback {
    private Path folder;
    private App server;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("netflight-echo");
        server = App.of(folder, EchoServer.class).start();
    }

    /** The server's. */
    int port() {
        return Integer.parseInt(server.await("port "));
    }

    /** A talker, to be started. @param itsFolder where its output and the answers go */
    App.Launch talker(Path itsFolder) {
        return App.of(itsFolder, Talker.class, port());
    }

    /** A talker with the agent in it, which has carried these options out. */
    App talker(Path itsFolder, String options) {
        App talker = talker(itsFolder).agent(options).start();
        talker.startAnswer().assertOk();
        return talker;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (server != null) {
            server.close();
            Run.well("rm", "-rf", folder);
        }
    }
}
