package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Resets each connection after its first byte. Argument: its address. Prints {@code port N}. Runs until it is killed. */
public final class RudeServer {
    private RudeServer() {}

    public static void main(String[] args) throws IOException {
        InetAddress address = InetAddress.getByName(args.length > 0 ? args[0] : "127.0.0.1");
        try (ServerSocket server = new ServerSocket(0, 100, address)) {
            System.out.println("port " + server.getLocalPort());
            while (true) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read();
                    socket.setSoLinger(true, 0);
                }
            }
        }
    }
}
