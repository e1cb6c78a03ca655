package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Connects again and again from one and the same port. Arguments: an echo server's port, how often. Each connection is made
 * and used on a thread of its own. Prints {@code port N} and {@code done}.
 */
public final class PortAgain {
    private PortAgain() {}

    public static void main(String[] args) throws Exception {
        InetAddress address = InetAddress.getByName("127.0.0.1");
        int[] port = new int[1];
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            Thread.ofPlatform().name("again-" + i).start(() -> {
                try (Socket socket = new Socket()) {
                    socket.setReuseAddress(true);
                    socket.bind(new InetSocketAddress(address, port[0]));
                    port[0] = socket.getLocalPort();
                    connectAgain(socket, new InetSocketAddress(address, Integer.parseInt(args[0])));
                    socket.getOutputStream().write(1);
                    if (socket.getInputStream().read() != 1) {
                        throw new IOException("no echo");
                    }
                    // a reset: no TIME_WAIT holds the port
                    socket.setSoLinger(true, 0);
                } catch (IOException problem) {
                    problem.printStackTrace();
                    System.exit(1);
                }
            }).join();
        }
        System.out.println("port " + port[0]);
        System.out.println("done");
    }

    private static void connectAgain(Socket socket, InetSocketAddress server) throws IOException {
        socket.connect(server);
    }
}
