package dev.netflight.samples.shop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Reserves articles, through the JDK's newer HTTP client. Its calls are made here, but the bytes go through its own
 * selector thread and pool of connections: who looks at the sockets finds other threads than the caller's.
 */
final class InventoryClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final InetSocketAddress service;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    InventoryClient(InetSocketAddress service) {
        this.service = service;
    }

    /** {@return whether so many are set aside} */
    boolean reserve(String sku, int quantity) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + service.getHostString() + ":" + service.getPort() + "/reservations");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(sku + " " + quantity))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return switch (response.statusCode()) {
            case 201 -> true;
            case 409 -> false;
            default -> throw new IOException("reservation of " + sku + ": status " + response.statusCode());
        };
    }

    @Override
    public void close() {
        client.close();
    }
}
