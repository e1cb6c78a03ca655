package dev.netflight.it.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Good and bad ways to use a network. Arguments: a server's address and port. Lines: {@code churn N} N requests on a
 * connection each; {@code keep N} on one; {@code bytewise N} N bytes, each written alone; {@code together N} in one write;
 * {@code bulk N} N times 16 KiB there and back; {@code reset N} N connections that the server is expected to reset;
 * {@code abandon N} N connections that are closed with SO_LINGER 0 after a byte; {@code refused N} N connects to a port where
 * nobody listens; {@code hoard N} N times 16 KiB there, and nothing of the echo read before the buffers are full; {@code ponder N}
 * N requests whose answers are read late. Prints {@code done} and the line after each. Ends with its input.
 */
public final class Habits {
    private static final int BULK = 16 * 1024;

    private final InetAddress address;
    private final int port;

    private Habits(InetAddress address, int port) {
        this.address = address;
        this.port = port;
    }

    public static void main(String[] args) throws IOException {
        var habits = new Habits(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        System.out.println("ready");
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            habits.run(words[0], Integer.parseInt(words[1]));
            System.out.println("done " + line);
        }
    }

    private void run(String habit, int count) throws IOException {
        switch (habit) {
            case "churn" -> {
                for (int i = 0; i < count; i++) {
                    try (Socket socket = new Socket(address, port)) {
                        echo(socket, 100);
                    }
                }
            }
            case "keep" -> repeat(count, 100);
            case "bulk" -> repeat(count, BULK);
            case "together" -> repeat(1, count);
            case "bytewise" -> bytewise(count);
            case "reset" -> {
                for (int i = 0; i < count; i++) {
                    provoke();
                }
            }
            case "hoard" -> hoard(count);
            case "ponder" -> ponder(count);
            case "abandon" -> {
                for (int i = 0; i < count; i++) {
                    abandon();
                }
            }
            case "refused" -> {
                for (int i = 0; i < count; i++) {
                    refused();
                }
            }
            default -> throw new IllegalArgumentException(habit);
        }
    }

    private void repeat(int count, int bytes) throws IOException {
        try (Socket socket = new Socket(address, port)) {
            for (int i = 0; i < count; i++) {
                echo(socket, bytes);
            }
        }
    }

    private static void echo(Socket socket, int bytes) throws IOException {
        socket.getOutputStream().write(new byte[bytes]);
        if (socket.getInputStream().readNBytes(bytes).length != bytes) {
            throw new IOException("the echo has ended");
        }
    }

    private void bytewise(int count) throws IOException {
        try (Socket socket = new Socket(address, port)) {
            for (int i = 0; i < count; i++) {
                socket.getOutputStream().write(i);
            }
            socket.getInputStream().readNBytes(count);
        }
    }

    private void provoke() throws IOException {
        try (Socket socket = new Socket(address, port)) {
            socket.getOutputStream().write(1);
            socket.getInputStream().read();
            throw new IOException("the server has not reset the connection");
        } catch (SocketException reset) {
            // as expected
        }
    }

    private void abandon() throws IOException {
        try (Socket socket = new Socket(address, port)) {
            echo(socket, 1);
            socket.setSoLinger(true, 0);
        }
    }

    private void refused() throws IOException {
        try (Socket socket = new Socket(address, 1)) {
            throw new IOException("somebody listens at port 1: " + socket);
        } catch (ConnectException expected) {
            // as it should be
        }
    }

    /** The writer comes to a stop when the echo fills our buffer, and with it the server's. */
    private void hoard(int count) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(1 << 16);
            socket.connect(new InetSocketAddress(address, port));
            var sent = new AtomicInteger();
            Thread writer = Thread.ofPlatform().start(() -> write(socket, count, sent));
            int before = -1;
            while (writer.isAlive() && sent.get() != before) {
                before = sent.get();
                LockSupport.parkNanos(300_000_000);
            }
            swallow(socket, count * BULK);
        }
    }

    private static void write(Socket socket, int count, AtomicInteger sent) {
        try {
            for (int i = 0; i < count; i++) {
                socket.getOutputStream().write(new byte[BULK]);
                sent.incrementAndGet();
            }
        } catch (IOException problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static void swallow(Socket socket, int bytes) throws IOException {
        socket.getInputStream().skipNBytes(bytes);
    }

    private void ponder(int count) throws IOException {
        try (Socket socket = new Socket(address, port)) {
            for (int i = 0; i < count; i++) {
                socket.getOutputStream().write(new byte[100]);
                LockSupport.parkNanos(20_000_000);
                swallow(socket, 100);
            }
        }
    }
}
