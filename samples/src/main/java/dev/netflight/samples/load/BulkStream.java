package dev.netflight.samples.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A stream from one process to another, as fast as it goes.
 *
 * <pre>
 * java -cp … dev.netflight.samples.load.BulkStream sink          prints "ready PORT"
 * java -cp … dev.netflight.samples.load.BulkStream source PORT   prints "ready PORT"
 * </pre>
 *
 * <p>For each number that it reads from its standard input the source sends for so many seconds, and prints how many bytes.
 */
public final class BulkStream {
    private static final int PIECE = 1 << 17;

    private BulkStream() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 1 && args[0].equals("sink")) {
            sink();
        } else if (args.length == 2 && args[0].equals("source")) {
            source(Integer.parseInt(args[1]));
        } else {
            throw new IllegalArgumentException("usage: sink | source PORT");
        }
    }

    private static void sink() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            System.out.println("ready " + listener.getLocalPort());
            try (Socket socket = listener.accept()) {
                InputStream in = socket.getInputStream();
                byte[] buffer = new byte[PIECE];
                while (in.read(buffer) >= 0) {
                    // takes what comes
                }
            }
        }
    }

    private static void source(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            System.out.println("ready " + socket.getLocalPort());
            OutputStream out = socket.getOutputStream();
            byte[] piece = new byte[PIECE];
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String command = commands.readLine(); command != null; command = commands.readLine()) {
                long until = System.nanoTime() + Long.parseLong(command) * 1_000_000_000L;
                long bytes = 0;
                while (System.nanoTime() - until < 0) {
                    out.write(piece);
                    bytes += PIECE;
                }
                System.out.println(bytes);
            }
        }
    }
}
