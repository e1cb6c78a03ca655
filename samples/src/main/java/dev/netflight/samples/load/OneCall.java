package dev.netflight.samples.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * The shortest program with a connection: given a port it connects, sends a byte, reads one, and ends. Without one it ends
 * at once.
 */
public final class OneCall {
    private OneCall() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            return;
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]))) {
            socket.getOutputStream().write(1);
            socket.getInputStream().read();
        }
    }
}
