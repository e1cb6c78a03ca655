package dev.netflight.it.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * {@link Submitters} that use one {@link HttpClient}. Arguments: the server's port; {@code HTTP_1_1} or {@code HTTP_2};
 * {@code send} or {@code sendAsync}; how many requests on each thread; {@code http} or {@code https}. A request's mark is the
 * value of its header {@code truth}. With TLS the value cannot be seen, but its length can: {@link #STEP} more for each thread,
 * and so long that two are longer than any one. Prints {@code done}, and ends when its input ends.
 */
public final class HttpSubmit {
    private static final Queue<CompletableFuture<?>> PENDING = new ConcurrentLinkedQueue<>();

    /** Fewer than the server allows. */
    private static final Semaphore STREAMS = new Semaphore(50);

    /** How much longer the marks of the next thread are, with TLS. */
    public static final int STEP = 40;

    /** How long the shortest is, with TLS. */
    public static final int SHORTEST = 9 * STEP;
    /** None of these gets shorter in HPACK, RFC 7541 appendix B. */
    private static final String OF_EIGHT_BITS = "&*,;XZ";

    private HttpSubmit() {}

    public static void main(String[] args) throws Exception {
        URI server = URI.create(args[4] + "://127.0.0.1:" + args[0] + "/");
        boolean async = args[2].equals("sendAsync");
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.valueOf(args[1]))
                .sslContext(trustingAll()).build()) {
            // the first request of HTTP/2 without TLS asks for it
            client.send(HttpRequest.newBuilder(server).build(), HttpResponse.BodyHandlers.discarding());
            Submitters.run(Integer.parseInt(args[3]), mark -> request(client, server, mark, async));
            for (CompletableFuture<?> pending : PENDING) {
                pending.get();
            }
            System.out.println("done");
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
        }
    }

    private static void request(HttpClient client, URI server, String mark, boolean async)
            throws IOException, InterruptedException {
        String truth = server.getScheme().equals("https")
                ? unique(SHORTEST + STEP * Submitters.thread(mark))
                : mark.substring(1, mark.length() - 1);
        HttpRequest request = HttpRequest.newBuilder(server).header("truth", truth).build();
        if (async) {
            STREAMS.acquire();
            PENDING.add(client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                    .whenComplete((answer, failure) -> STREAMS.release()));
        } else {
            client.send(request, HttpResponse.BodyHandlers.discarding());
        }
    }

    private static String unique(int length) {
        return new SplittableRandom().ints(length, 0, OF_EIGHT_BITS.length()).map(OF_EIGHT_BITS::charAt)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    private static SSLContext trustingAll() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }}, null);
        return context;
    }
}
