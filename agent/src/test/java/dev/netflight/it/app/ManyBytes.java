package dev.netflight.it.app;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * With one argument, a number of bytes: listens, prints {@code port N}, reads that many from one connection and prints
 * {@code took}. With a port before it: writes them there, 64 KiB at a time.
 */
public final class ManyBytes {
    private static final int PART = 1 << 16;

    private ManyBytes() {}

    public static void main(String[] args) throws IOException {
        InetAddress address = InetAddress.getByName("127.0.0.1");
        byte[] part = new byte[PART];
        if (args.length > 1) {
            try (Socket socket = new Socket(address, Integer.parseInt(args[0]))) {
                for (long left = Long.parseLong(args[1]); left > 0; left -= PART) {
                    writePart(socket.getOutputStream(), part);
                }
            }
            return;
        }
        try (ServerSocket server = new ServerSocket(0, 1, address)) {
            System.out.println("port " + server.getLocalPort());
            try (Socket socket = server.accept()) {
                long left = Long.parseLong(args[0]);
                for (int n = 0; left > 0 && n >= 0; left -= n) {
                    n = socket.getInputStream().read(part);
                }
                System.out.println(left == 0 ? "took" : "missed " + left);
            }
        }
    }

    private static void writePart(OutputStream out, byte[] part) throws IOException {
        out.write(part);
    }
}
