package dev.netflight.it.app;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Connects to a port where nobody listens. Prints {@code caught CLASS} of what it gets and makes of it. Ends with its input. */
public final class Failing {
    private Failing() {}

    /** The application's own. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(Throwable cause) {
            super("refused", cause);
        }
    }

    public static void main(String[] args) throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = closed.getLocalPort();
        }
        try {
            tryOnce(port);
        } catch (Refused refused) {
            System.out.println("caught " + refused.getCause().getClass().getName());
            System.out.println("caught " + refused.getClass().getName());
        }
        while (System.in.read() >= 0) {
            // wait for the end of the test
        }
    }

    private static void tryOnce(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            throw new IOException("somebody listens: " + socket);
        } catch (ConnectException refused) {
            throw new Refused(refused);
        }
    }
}
