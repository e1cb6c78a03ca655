package dev.netflight.samples.load;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two processes that throw 64 bytes to and fro over one connection.
 *
 * <pre>
 * java -cp … dev.netflight.samples.load.RoundTrips echo          prints "ready PORT TID"
 * java -cp … dev.netflight.samples.load.RoundTrips client PORT   prints "ready PORT TID"
 * </pre>
 *
 * <p>TID is the kernel's number of the thread that does the work, which lets it be pinned to a CPU. For each number of round
 * trips that it reads from its standard input, the client prints how many nanoseconds one of them took.
 */
public final class RoundTrips {
    private static final int BYTES = 64;

    private RoundTrips() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 1 && args[0].equals("echo")) {
            echo();
        } else if (args.length == 2 && args[0].equals("client")) {
            client(Integer.parseInt(args[1]));
        } else {
            throw new IllegalArgumentException("usage: echo | client PORT");
        }
    }

    private static void echo() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            System.out.println("ready " + listener.getLocalPort() + " " + tid());
            while (true) {
                try (Socket socket = listener.accept()) {
                    socket.setTcpNoDelay(true);
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    OutputStream out = socket.getOutputStream();
                    byte[] buffer = new byte[BYTES];
                    for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                        out.write(buffer, 0, length);
                    }
                }
            }
        }
    }

    private static void client(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            System.out.println("ready " + socket.getLocalPort() + " " + tid());
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String command = commands.readLine(); command != null; command = commands.readLine()) {
                int times = Integer.parseInt(command);
                System.out.println(run(in, out, times) / times);
            }
        }
    }

    private static long run(DataInputStream in, OutputStream out, int times) throws IOException {
        byte[] buffer = new byte[BYTES];
        long began = System.nanoTime();
        for (int i = 0; i < times; i++) {
            out.write(buffer);
            in.readFully(buffer);
        }
        return System.nanoTime() - began;
    }

    private static String tid() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
    }
}
