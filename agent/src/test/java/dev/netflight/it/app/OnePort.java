package dev.netflight.it.app;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Listens on one port at two addresses and closes the later listener; then a thread {@code connecting} connects to the
 * first, which {@code main} accepts. Prints {@code port N} of the client.
 */
public final class OnePort {
    private OnePort() {}

    public static void main(String[] args) throws Exception {
        InetAddress first = InetAddress.getByName("127.0.0.1");
        try (ServerSocket server = new ServerSocket(0, 10, first)) {
            new ServerSocket(server.getLocalPort(), 10, InetAddress.getByName("127.0.0.2")).close();
            Thread client = Thread.ofPlatform().name("connecting").start(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(first, server.getLocalPort()));
                    System.out.println("port " + socket.getLocalPort());
                    socket.getInputStream().read();
                } catch (java.io.IOException problem) {
                    problem.printStackTrace();
                }
            });
            acceptHere(server).close();
            client.join();
        }
    }

    private static Socket acceptHere(ServerSocket server) throws java.io.IOException {
        return server.accept();
    }
}
