package dev.netflight.samples.shop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Sends a bounded number of requests to the shop: four checkouts, then a look at the catalogue, and again. */
final class Load {
    private static final int CATALOGUE_EVERY = 5;

    private final InetSocketAddress shop;
    private final int requests;
    private final int clients;

    /**
     * @param shop     to send to
     * @param requests in all
     * @param clients  threads that send, each its next request when the last is answered
     */
    Load(InetSocketAddress shop, int requests, int clients) {
        this.shop = shop;
        this.requests = requests;
        this.clients = clients;
    }

    Summary run() throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        Map<Integer, Integer> byStatus = new TreeMap<>();
        long[] nanos = new long[requests];
        long began = System.nanoTime();
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            List<Future<Map<Integer, Integer>>> parts = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                parts.add(threads.submit(() -> send(client, next, nanos)));
            }
            for (Future<Map<Integer, Integer>> part : parts) {
                part.get().forEach((status, count) -> byStatus.merge(status, count, Integer::sum));
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load ended early: " + e.getCause(), e.getCause());
        }
        Arrays.sort(nanos);
        return new Summary(byStatus, nanos, System.nanoTime() - began);
    }

    private Map<Integer, Integer> send(HttpClient client, AtomicInteger next, long[] nanos)
            throws IOException, InterruptedException {
        Map<Integer, Integer> byStatus = new TreeMap<>();
        for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
            long began = System.nanoTime();
            HttpResponse<String> response = client.send(request(i), HttpResponse.BodyHandlers.ofString());
            nanos[i] = System.nanoTime() - began;
            byStatus.merge(response.statusCode(), 1, Integer::sum);
        }
        return byStatus;
    }

    private HttpRequest request(int number) {
        String base = "http://" + shop.getHostString() + ":" + shop.getPort();
        if (number % CATALOGUE_EVERY == CATALOGUE_EVERY - 1) {
            return HttpRequest.newBuilder(URI.create(base + "/catalogue")).GET().build();
        }
        String order = "article-" + number % 100 + " " + (1 + number % 3);
        return HttpRequest.newBuilder(URI.create(base + "/checkout"))
                .POST(HttpRequest.BodyPublishers.ofString(order)).build();
    }

    /**
     * What came back.
     *
     * @param byStatus how many answers had each status
     * @param nanos    the time each took, sorted
     * @param total    from the first to the last, in nanoseconds
     */
    record Summary(Map<Integer, Integer> byStatus, long[] nanos, long total) {
        /** {@return whether the shop sold anything} That some calls fail is as it should be here. */
        boolean successful() {
            return byStatus.getOrDefault(200, 0) > nanos.length / 2;
        }

        @Override
        public String toString() {
            return "%d requests in %.1f s; %s; half within %.1f ms, 99 of 100 within %.1f ms".formatted(nanos.length,
                    total / 1e9,
                    byStatus.entrySet().stream().map(e -> e.getValue() + " x " + e.getKey())
                            .collect(Collectors.joining(", ")),
                    percentile(50), percentile(99));
        }

        private double percentile(int percent) {
            return nanos.length == 0 ? 0 : nanos[Math.min(nanos.length - 1, nanos.length * percent / 100)] / 1e6;
        }
    }
}
