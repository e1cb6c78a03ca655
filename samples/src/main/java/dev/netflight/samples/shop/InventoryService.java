package dev.netflight.samples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The service behind the shop: {@code POST /reservations} and {@code POST /payments}. Which calls are slow or fail
 * depends on how many there were before.
 */
final class InventoryService implements AutoCloseable {
    private static final int SOLD_OUT_EVERY = 17;
    private static final int DECLINED_EVERY = 13;
    private static final int SLOW_EVERY = 19;
    private static final long SLOW_MILLIS = 120;
    private static final int SILENT_EVERY = 101;
    private static final long SILENT_MILLIS = 900;

    private final ExecutorService requests =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("inventory-", 1).factory());
    private final AtomicInteger reservations = new AtomicInteger();
    private final AtomicInteger payments = new AtomicInteger();
    private final HttpServer server;

    InventoryService(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(requests);
        server.createContext("/reservations", this::reserve);
        server.createContext("/payments", this::charge);
        server.start();
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    private void reserve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String order = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean soldOut = reservations.incrementAndGet() % SOLD_OUT_EVERY == 0;
            new Answer(soldOut ? 409 : 201, (soldOut ? "no more " : "reserved ") + order).send(exchange);
        }
    }

    private void charge(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            int number = payments.incrementAndGet();
            if (number % SILENT_EVERY == 0) {
                // Longer than the client waits; then the connection is closed without a word.
                pause(SILENT_MILLIS);
                return;
            }
            if (number % SLOW_EVERY == 0) {
                pause(SLOW_MILLIS);
            }
            boolean declined = number % DECLINED_EVERY == 0;
            new Answer(declined ? 402 : 200, declined ? "declined" : "paid").send(exchange);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        requests.shutdownNow();
    }
}
