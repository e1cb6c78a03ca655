package dev.netflight.it.app;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/** Sends datagrams. Arguments: address, port, how many, bytes of each. Prints {@code sent N}. */
public final class Flood {
    private Flood() {}

    public static void main(String[] args) throws IOException {
        int count = Integer.parseInt(args[2]);
        try (DatagramSocket socket = new DatagramSocket()) {
            var packet = new DatagramPacket(new byte[Integer.parseInt(args[3])], Integer.parseInt(args[3]),
                    new InetSocketAddress(args[0], Integer.parseInt(args[1])));
            for (int i = 0; i < count; i++) {
                socket.send(packet);
            }
        }
        System.out.println("sent " + count);
    }
}
