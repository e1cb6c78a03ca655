package dev.netflight.it.app;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Accepts one connection, prints {@code port N} before and {@code accepted} after, and reads it only when a line comes,
 * as many bytes as its argument says; then prints {@code read}, and ends when the peer does.
 */
public final class SlowPeer {
    private SlowPeer() {}

    public static void main(String[] args) throws IOException {
        try (ServerSocket server = new ServerSocket()) {
            // small, so that the writer is soon full; before bind, for the window's scale
            server.setReceiveBufferSize(1 << 16);
            server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            System.out.println("port " + server.getLocalPort());
            try (Socket socket = server.accept()) {
                System.out.println("accepted");
                System.in.read();
                InputStream in = socket.getInputStream();
                in.skipNBytes(Long.parseLong(args[0]));
                System.out.println("read");
                in.read();
            }
        }
    }
}
