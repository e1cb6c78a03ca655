package dev.netflight.samples.load;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Answers each HTTP request with some 200 bytes of JSON; connections are kept.
 *
 * <pre>
 * java -cp … dev.netflight.samples.load.JsonServer jdk     the JDK's HttpServer, each request on a virtual thread
 * java -cp … dev.netflight.samples.load.JsonServer plain   one read and one write a request, a platform thread a connection
 * </pre>
 *
 * <p>Prints {@code ready PORT} when it listens and runs until it is told to end (SIGTERM). For each line on standard
 * input it prints {@code answers N}, the requests answered so far.
 */
public final class JsonServer {
    /** Of those that a loopback load makes, every request fits. */
    private static final int LONGEST_REQUEST = 8192;

    private static final AtomicLong ANSWERS = new AtomicLong();

    private JsonServer() {}

    public static void main(String[] args) throws IOException {
        // head and body are two writes, and the second must not wait for the acknowledgement of the first
        System.setProperty("sun.net.httpserver.nodelay", "true");
        int port = switch (args.length == 1 ? args[0] : "") {
            case "jdk" -> jdk();
            case "plain" -> plain();
            default -> throw new IllegalArgumentException("usage: jdk|plain");
        };
        count();
        System.out.println("ready " + port);
    }

    private static void count() {
        Thread.ofPlatform().name("count").daemon().start(() -> {
            try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                while (lines.readLine() != null) {
                    System.out.println("answers " + ANSWERS.get());
                }
            } catch (IOException e) {
                System.err.println("no more counts: " + e);
            }
        });
    }

    private static byte[] answer() {
        long number = ANSWERS.incrementAndGet();
        return """
                {"order": %d, "customer": "customer-%d", "state": "paid", "total": {"amount": %d, "currency": "EUR"}, \
                "items": [{"article": "article-%d", "quantity": %d}, {"article": "article-%d", "quantity": 1}]}
                """.formatted(number, number % 1000, number % 9973, number % 100, number % 5 + 1, number % 37)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static int jdk() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", JsonServer::answer);
        server.start();
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = answer();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static int plain() throws IOException {
        ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newCachedThreadPool();
        threads.submit(() -> {
            while (true) {
                Socket socket = listener.accept();
                threads.submit(() -> converse(socket));
            }
        });
        return listener.getLocalPort();
    }

    /** Every request comes as one segment on the loopback device, and ends with its head. */
    private static Void converse(Socket socket) throws IOException {
        try (socket; InputStream in = socket.getInputStream(); OutputStream out = socket.getOutputStream()) {
            socket.setTcpNoDelay(true);
            byte[] buffer = new byte[LONGEST_REQUEST];
            while (in.read(buffer) > 0) {
                byte[] body = answer();
                byte[] head = ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                        + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
                byte[] whole = new byte[head.length + body.length];
                System.arraycopy(head, 0, whole, 0, head.length);
                System.arraycopy(body, 0, whole, head.length, body.length);
                out.write(whole);
            }
        }
        return null;
    }
}
