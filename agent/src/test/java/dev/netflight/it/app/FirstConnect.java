package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** Connects to an echo server first of all, sends a message, waits for it to come back and prints {@code ok}. Argument: the port. */
public final class FirstConnect {
    private FirstConnect() {}

    public static void main(String[] args) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), Integer.parseInt(args[0]))) {
            socket.getOutputStream().write("hello".getBytes());
            socket.getInputStream().readNBytes(5);
        }
        System.out.println("ok");
    }
}
