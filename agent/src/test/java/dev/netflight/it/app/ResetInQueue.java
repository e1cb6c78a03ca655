package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Resets a connection before it is accepted and uses its port for the next at once: both wait in the listener's queue. What came
 * on the first is read after the second was accepted, by a thread of its own. Prints {@code done}.
 */
public final class ResetInQueue {
    private ResetInQueue() {}

    public static void main(String[] args) throws Exception {
        InetAddress address = InetAddress.getByName("127.0.0.1");
        Socket first = new Socket();
        try (ServerSocket server = new ServerSocket(0, 10, address); Socket second = new Socket()) {
            connect(first, new InetSocketAddress(address, 0), server);
            InetSocketAddress port = (InetSocketAddress) first.getLocalSocketAddress();
            first.getOutputStream().write(1);
            first.setSoLinger(true, 0);
            first.close();
            connect(second, port, server);
            second.getOutputStream().write(2);
            try (Socket wasReset = acceptHere(server); Socket open = acceptHere(server)) {
                take(wasReset, 1);
                second.getOutputStream().write(3);
                take(open, 2);
                take(open, 3);
                open.getOutputStream().write(4);
                take(second, 4);
            }
        }
        System.out.println("done");
    }

    private static void connect(Socket socket, InetSocketAddress from, ServerSocket to) throws IOException {
        socket.setReuseAddress(true);
        socket.bind(from);
        socket.connect(to.getLocalSocketAddress());
    }

    private static Socket acceptHere(ServerSocket server) throws IOException {
        return server.accept();
    }

    private static void take(Socket socket, int expected) throws InterruptedException {
        Thread.ofPlatform().name("takes-" + expected).start(() -> {
            try {
                if (socket.getInputStream().read() != expected) {
                    throw new IOException("not " + expected);
                }
            } catch (IOException problem) {
                problem.printStackTrace();
                System.exit(1);
            }
        }).join();
    }
}
