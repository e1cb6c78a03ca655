package dev.netflight.it.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends back what it gets, on each connection until its end. Prints {@code port N}. Ends when its input ends. */
public final class EchoServer {
    private EchoServer() {}

    public static void main(String[] args) throws IOException {
        InetAddress address = InetAddress.getByName(args.length > 0 ? args[0] : "127.0.0.1");
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress(address, 0), 1_000);
            System.out.println("port " + server.getLocalPort());
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        Socket socket = server.accept();
                        Thread.ofPlatform().daemon().start(() -> echo(socket));
                    }
                } catch (IOException closed) {
                    // the end
                }
            });
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException reset) {
            // a client that went without a word
        }
    }
}
