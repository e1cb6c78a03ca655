package dev.netflight.it.app;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Uses each kind of socket that the JDK has, one after the other, each on a thread that has the kind's name. Prints
 * {@code KIND port N}, the client's port, and {@code KIND done} when all went as it should.
 *
 * <p>Arguments: the port of an echo server in another process on 127.0.0.1, one on ::1 or 0, a folder.
 */
public final class Kinds {
    private static final int LARGE = 300_000;

    private static int echo;
    private static int echo6;
    private static Path folder;

    private Kinds() {}

    private interface Kind {
        void run(String name) throws Exception;
    }

    public static void main(String[] args) throws InterruptedException {
        echo = Integer.parseInt(args[0]);
        echo6 = Integer.parseInt(args[1]);
        folder = Path.of(args[2]);
        run("http", Kinds::http);
        run("virtual-http", Kinds::http);
        run("asynchronous", Kinds::asynchronous);
        run("accepting", Kinds::accepting);
        run("sendfile", Kinds::sendfile);
        run("unix", Kinds::unix);
        if (echo6 != 0) {
            run("ipv6", Kinds::ipv6);
        }
        run("refused", Kinds::refused);
        run("reset", Kinds::reset);
        run("unread", Kinds::unread);
        run("half-close", Kinds::halfClose);
        run("peer-close", Kinds::peerClose);
        run("interrupted", Kinds::closedWhileReading);
        run("urgent", Kinds::urgent);
    }

    private static void run(String name, Kind kind) throws InterruptedException {
        Thread.Builder builder = name.startsWith("virtual") ? Thread.ofVirtual() : Thread.ofPlatform();
        builder.name(name).start(() -> {
            try {
                kind.run(name);
                System.out.println(name + " done");
            } catch (Throwable problem) {
                System.out.println(name + " failed: " + problem);
                problem.printStackTrace();
            }
        }).join();
    }

    private static void port(String name, int port) {
        System.out.println(name + " port " + port);
    }

    private static InetSocketAddress echo() throws IOException {
        return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), echo);
    }

    private static void check(boolean as, String what) throws IOException {
        if (!as) {
            throw new IOException(what);
        }
    }

    private static void http(String name) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 10);
        byte[] body = "x".repeat(LARGE).getBytes();
        var handlers = Executors.newSingleThreadExecutor(Thread.ofPlatform().name(name + "-handler").factory());
        server.setExecutor(handlers);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            answer(exchange, body);
        });
        server.start();
        port(name, server.getAddress().getPort());
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < 3; i++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + server.getAddress().getPort() + "/" + i))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
                byte[] answer = client.send(request, BodyHandlers.ofByteArray()).body();
                check(Arrays.equals(answer, body), "another answer");
            }
        }
        server.stop(0);
        handlers.shutdown();
    }

    private static void answer(com.sun.net.httpserver.HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static void asynchronous(String name) throws Exception {
        try (var server = AsynchronousServerSocketChannel.open().bind(
                new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
                var client = AsynchronousSocketChannel.open()) {
            Future<AsynchronousSocketChannel> accepting = server.accept();
            client.connect(server.getLocalAddress()).get();
            port(name, ((InetSocketAddress) client.getLocalAddress()).getPort());
            try (AsynchronousSocketChannel accepted = accepting.get()) {
                ByteBuffer data = ByteBuffer.allocate(LARGE);
                ByteBuffer got = ByteBuffer.allocate(LARGE);
                Future<Integer> reading = accepted.read(got);
                while (data.hasRemaining()) {
                    writeAsynchronously(client, data);
                    while (got.position() < data.position()) {
                        check(reading.get() > 0, "the end");
                        if (got.hasRemaining()) {
                            reading = accepted.read(got);
                        }
                    }
                }
            }
        }
    }

    private static void writeAsynchronously(AsynchronousSocketChannel channel, ByteBuffer data) throws Exception {
        channel.write(data).get();
    }

    private static void accepting(String name) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(
                new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0))) {
            int to = ((InetSocketAddress) server.getLocalAddress()).getPort();
            Thread client = Thread.ofPlatform().name("connecting").start(() -> connectTo(name, to));
            try (SocketChannel accepted = acceptOne(server)) {
                accepted.write(ByteBuffer.wrap("welcome".getBytes()));
                check(accepted.read(ByteBuffer.allocate(10)) < 0, "no end");
            }
            client.join();
        }
    }

    private static SocketChannel acceptOne(ServerSocketChannel server) throws IOException {
        return server.accept();
    }

    private static void connectTo(String name, int port) {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            port(name, socket.getLocalPort());
            socket.getInputStream().readNBytes(7);
        } catch (IOException problem) {
            System.out.println(name + " failed: " + problem);
        }
    }

    private static void sendfile(String name) throws IOException {
        Path file = Files.write(folder.resolve("sent"), new byte[LARGE]);
        try (SocketChannel channel = SocketChannel.open(echo());
                FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
            port(name, channel.socket().getLocalPort());
            long at = 0;
            ByteBuffer back = ByteBuffer.allocate(LARGE);
            while (at < LARGE) {
                at += sendFile(from, at, channel);
                while (back.position() < at) {
                    check(channel.read(back) > 0, "the end");
                }
            }
        }
    }

    private static long sendFile(FileChannel from, long at, SocketChannel to) throws IOException {
        return from.transferTo(at, LARGE - at, to);
    }

    private static void unix(String name) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("unix"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                SocketChannel client = SocketChannel.open(address); SocketChannel accepted = server.accept()) {
            for (int i = 0; i < 100; i++) {
                client.write(ByteBuffer.wrap("hello".getBytes()));
                check(accepted.read(ByteBuffer.allocate(10)) == 5, "not five");
            }
        }
    }

    private static void ipv6(String name) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("::1"), echo6)) {
            port(name, socket.getLocalPort());
            socket.getOutputStream().write("hello".getBytes());
            socket.getInputStream().readNBytes(5);
        }
    }

    private static void refused(String name) throws IOException {
        int closed;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closed = server.getLocalPort();
        }
        port(name, closed);
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), closed)) {
            throw new IOException("not refused: " + socket);
        } catch (ConnectException asItShould) {
            // refused
        }
    }

    private static void reset(String name) throws IOException {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), echo);
        port(name, socket.getLocalPort());
        socket.getOutputStream().write("hello".getBytes());
        socket.getInputStream().readNBytes(5);
        socket.setSoLinger(true, 0);
        closeAtOnce(socket);
    }

    private static void closeAtOnce(Socket socket) throws IOException {
        socket.close();
    }

    private static void unread(String name) throws IOException {
        SocketChannel channel = SocketChannel.open(echo());
        port(name, channel.socket().getLocalPort());
        channel.write(ByteBuffer.wrap("hello".getBytes()));
        channel.read(ByteBuffer.allocate(1)); // four bytes stay
        closeWithRest(channel);
    }

    private static void closeWithRest(SocketChannel channel) throws IOException {
        channel.close();
    }

    private static void halfClose(String name) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), echo)) {
            port(name, socket.getLocalPort());
            socket.getOutputStream().write("hello".getBytes());
            endOutput(socket);
            check(readToEnd(socket) == 5, "not five");
        }
    }

    private static void endOutput(Socket socket) throws IOException {
        socket.shutdownOutput();
    }

    private static int readToEnd(Socket socket) throws IOException {
        int all = 0;
        byte[] buffer = new byte[10];
        for (int n = socket.getInputStream().read(buffer); n >= 0; n = socket.getInputStream().read(buffer)) {
            all += n;
        }
        return all;
    }

    /** The peer ends first; the application then closes a channel that has never been shut down. */
    private static void peerClose(String name) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(
                new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            port(name, client.socket().getLocalPort());
            closeFirst(server.accept());
            check(client.read(ByteBuffer.allocate(10)) < 0, "no end");
        }
    }

    private static void closeFirst(SocketChannel accepted) throws IOException {
        accepted.close();
    }

    /** A read that waits when another thread closes the socket. */
    private static void closedWhileReading(String name) throws Exception {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), echo);
        port(name, socket.getLocalPort());
        Thread reader = Thread.ofPlatform().name(name + "-reader").start(() -> {
            try {
                socket.getInputStream().read();
                System.out.println(name + " failed: read");
            } catch (SocketException asItShould) {
                // closed
            } catch (IOException problem) {
                System.out.println(name + " failed: " + problem);
            }
        });
        while (!isReading(reader)) {
            Thread.onSpinWait();
        }
        socket.close();
        reader.join();
    }

    private static boolean isReading(Thread thread) {
        return Arrays.stream(thread.getStackTrace()).anyMatch(frame -> frame.getMethodName().equals("read0"));
    }

    private static void urgent(String name) throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(echo());
            port(name, channel.socket().getLocalPort());
            try (Socket socket = channel.socket()) {
                socket.getOutputStream().write("hello".getBytes());
                socket.sendUrgentData('!');
                socket.getInputStream().readNBytes(5);
            }
        }
    }
}
