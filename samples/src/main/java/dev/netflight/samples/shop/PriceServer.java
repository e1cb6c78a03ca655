package dev.netflight.samples.shop;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells prices in lines of text: {@code PRICE sku} is answered by {@code OK sku cents}, {@code ALL} by a line for each
 * article and a full stop. Every now and then it closes a connection instead of answering, as servers do that are
 * restarted.
 */
final class PriceServer implements AutoCloseable {
    private static final int ARTICLES = 1_000;
    private static final int CLOSED_EVERY = 67;

    private final AtomicInteger questions = new AtomicInteger();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ServerSocket server;

    PriceServer(int port) throws IOException {
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().name("prices-accept").daemon().start(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().name("prices").start(() -> serve(connection));
            } catch (IOException e) {
                // Closed, or a connection that was gone before it was accepted.
            }
        }
    }

    private void serve(Socket connection) {
        try (connection;
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
                Writer out = new BufferedWriter(
                        new OutputStreamWriter(connection.getOutputStream(), StandardCharsets.US_ASCII))) {
            connection.setTcpNoDelay(true);
            for (String question = in.readLine(); question != null; question = in.readLine()) {
                if (questions.incrementAndGet() % CLOSED_EVERY == 0) {
                    return;
                }
                answer(question, out);
                out.flush();
            }
        } catch (IOException e) {
            // The client has gone.
        } finally {
            connections.remove(connection);
        }
    }

    private static void answer(String question, Writer out) throws IOException {
        if (question.startsWith("PRICE ")) {
            String sku = question.substring("PRICE ".length());
            out.write("OK " + sku + " " + cents(sku) + "\n");
        } else if (question.equals("ALL")) {
            for (int i = 0; i < ARTICLES; i++) {
                String sku = "article-" + i;
                out.write(sku + " " + cents(sku) + " in stock\n");
            }
            out.write(".\n");
        } else {
            out.write("ERROR no such question\n");
        }
    }

    private static long cents(String sku) {
        return 99 + Math.floorMod(sku.hashCode(), 100) * 100L;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
