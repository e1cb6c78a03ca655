package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Connects to where nobody answers, and prints {@code port N} and how that ended. Arguments: address, milliseconds or 0. */
public final class Unanswered {
    private Unanswered() {}

    public static void main(String[] args) throws Exception {
        Thread.ofPlatform().name("unanswered").start(() -> {
            try (Socket socket = new Socket()) {
                socket.bind(null);
                System.out.println("port " + socket.getLocalPort());
                connectInVain(socket, new InetSocketAddress(InetAddress.getByName(args[0]), 80), Integer.parseInt(args[1]));
            } catch (IOException ended) {
                System.out.println("ended " + ended.getClass().getSimpleName());
            }
        }).join();
    }

    private static void connectInVain(Socket socket, InetSocketAddress to, int millis) throws IOException {
        socket.connect(to, millis);
    }
}
