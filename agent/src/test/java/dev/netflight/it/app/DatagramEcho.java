package dev.netflight.it.app;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

/** Sends each datagram back to where it came from. Argument: the address. Prints {@code port N}. Ends when its input ends. */
public final class DatagramEcho {
    private static final int LARGEST = 1 << 16;

    private DatagramEcho() {}

    public static void main(String[] args) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName(args[0]))) {
            System.out.println("port " + socket.getLocalPort());
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        var datagram = new DatagramPacket(new byte[LARGEST], LARGEST);
                        socket.receive(datagram);
                        socket.send(datagram);
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
}
