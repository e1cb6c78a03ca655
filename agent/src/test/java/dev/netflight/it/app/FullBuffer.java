package dev.netflight.it.app;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/**
 * A UDP socket with a small buffer that nobody reads. Argument: its address. Prints {@code port N}. Ends with its input.
 */
public final class FullBuffer {
    private FullBuffer() {}

    public static void main(String[] args) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.setReceiveBufferSize(4096);
            socket.bind(new InetSocketAddress(args[0], 0));
            System.out.println("port " + socket.getLocalPort());
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
        }
    }
}
