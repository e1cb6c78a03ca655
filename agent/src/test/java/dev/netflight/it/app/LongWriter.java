package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Writes as many bytes as it is told in one call, on a thread {@code long-writer}. Arguments: port, bytes. Prints
 * {@code written}, and closes the connection when a line comes.
 */
public final class LongWriter {
    private LongWriter() {}

    public static void main(String[] args) throws Exception {
        Thread.ofPlatform().name("long-writer").start(() -> {
            try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), Integer.parseInt(args[0]))) {
                writeForLong(socket, new byte[Integer.parseInt(args[1])]);
                System.out.println("written");
                System.in.read();
            } catch (IOException problem) {
                problem.printStackTrace();
                System.exit(1);
            }
        }).join();
    }

    private static void writeForLong(Socket socket, byte[] data) throws IOException {
        socket.getOutputStream().write(data);
    }
}
