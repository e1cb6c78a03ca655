package dev.netflight.samples.shop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Charges a customer, through the JDK's older HTTP client, which reads and writes on the caller's thread. The service
 * may take long, decline, or not answer at all; the last ends in a {@link java.net.SocketTimeoutException}.
 */
final class PaymentClient {
    private static final int CONNECT_MILLIS = 1_000;
    private static final int READ_MILLIS = 500;

    private final InetSocketAddress service;

    enum Outcome {
        PAID, DECLINED
    }

    PaymentClient(InetSocketAddress service) {
        this.service = service;
    }

    Outcome charge(long cents) throws IOException {
        URI uri = URI.create("http://" + service.getHostString() + ":" + service.getPort() + "/payments");
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setRequestMethod("POST");
        byte[] amount = Long.toString(cents).getBytes(StandardCharsets.US_ASCII);
        connection.setFixedLengthStreamingMode(amount.length);
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(amount);
        }
        int status = connection.getResponseCode();
        // Only a body that was read to its end lets the connection be used again.
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (body != null) {
                body.transferTo(OutputStream.nullOutputStream());
            }
        }
        return switch (status) {
            case 200 -> Outcome.PAID;
            case 402 -> Outcome.DECLINED;
            default -> throw new IOException("payment: status " + status);
        };
    }
}
