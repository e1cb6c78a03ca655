package dev.netflight.samples.shop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What else the customer might like. The service is down, as some service always is; a checkout goes on without it. A
 * breaker lets only every tenth call try.
 */
final class SuggestionClient {
    private static final int CONNECT_MILLIS = 200;
    private static final int TRY_EVERY = 10;

    private final InetSocketAddress service;
    private final AtomicInteger calls = new AtomicInteger();

    SuggestionClient(InetSocketAddress service) {
        this.service = service;
    }

    /** {@return other articles, or none when the service cannot be reached} */
    List<String> suggest(String sku) {
        if (calls.getAndIncrement() % TRY_EVERY != 0) {
            return List.of();
        }
        try (Socket socket = new Socket()) {
            socket.connect(service, CONNECT_MILLIS);
            socket.getOutputStream().write(("LIKE " + sku + "\n").getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
