package dev.netflight.it.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A client and a server in one process with many short connections: one request, one answer. In half of them the server
 * closes first, in the others the client. Argument: how many. Prints how long it took and {@code done}, and ends when
 * its input does.
 */
public final class ShortConnections {
    private static final int CLIENTS = 8;
    private static final int MESSAGE = 16;

    private ShortConnections() {}

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        var served = new CountDownLatch(count);
        try (ServerSocket server = new ServerSocket(0, 1_000, InetAddress.getByName("127.0.0.1"))) {
            ExecutorService handlers = Executors.newFixedThreadPool(4, Thread.ofPlatform().name("handler-", 0).factory());
            Thread.ofPlatform().name("acceptor").start(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        Socket socket = acceptOne(server);
                        handlers.submit(() -> {
                            handle(socket);
                            served.countDown();
                            return null;
                        });
                    }
                } catch (IOException problem) {
                    fail(problem);
                }
            });
            long begin = System.nanoTime();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int first = i;
                clients.add(Thread.ofPlatform().name("client-" + i).start(() -> {
                    try {
                        for (int n = first; n < count; n += CLIENTS) {
                            request(server.getLocalPort(), n % 2 == 0);
                        }
                    } catch (IOException problem) {
                        fail(problem);
                    }
                }));
            }
            for (Thread client : clients) {
                client.join();
            }
            served.await();
            System.out.println("took " + (System.nanoTime() - begin) / 1_000_000);
            handlers.shutdown();
        }
        System.out.println("done");
        while (System.in.read() >= 0) {
            // wait for the end of the test
        }
    }

    private static void fail(Throwable problem) {
        problem.printStackTrace();
        System.exit(1);
    }

    private static Socket acceptOne(ServerSocket server) throws IOException {
        return server.accept();
    }

    private static void request(int port, boolean closesFirst) throws IOException {
        try (Socket socket = new Socket()) {
            connectTo(socket, port);
            byte[] message = new byte[MESSAGE];
            message[0] = (byte) (closesFirst ? 1 : 0);
            writeRequest(socket, message);
            readAnswer(socket);
            if (!closesFirst && socket.getInputStream().read() >= 0) {
                throw new IOException("more than the answer");
            }
        }
    }

    private static void connectTo(Socket socket, int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
    }

    private static void writeRequest(Socket socket, byte[] message) throws IOException {
        socket.getOutputStream().write(message);
    }

    private static void readAnswer(Socket socket) throws IOException {
        if (socket.getInputStream().readNBytes(MESSAGE).length < MESSAGE) {
            throw new IOException("no answer");
        }
    }

    private static void handle(Socket socket) throws IOException {
        try (socket) {
            byte[] message = readRequest(socket);
            writeAnswer(socket, message);
            if (message[0] == 1 && socket.getInputStream().read() >= 0) {
                throw new IOException("more than the request");
            }
        }
    }

    private static byte[] readRequest(Socket socket) throws IOException {
        return socket.getInputStream().readNBytes(MESSAGE);
    }

    private static void writeAnswer(Socket socket, byte[] message) throws IOException {
        socket.getOutputStream().write(message);
    }
}
