package dev.netflight.samples.shop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The client of the {@link PriceServer}: one line asks, one or several answer.
 *
 * <p>A pooled connection may have been closed by the server since its last use. That shows only when it is used; then
 * the question, which changes nothing there, is asked once more on a new one.
 */
final class PriceFeed implements AutoCloseable {
    private final SocketPool pool;

    PriceFeed(SocketPool pool) {
        this.pool = pool;
    }

    /** {@return the price of an article, in cents} */
    long read(String sku) throws IOException, InterruptedException {
        String answer = ask("PRICE " + sku, connection -> connection.readLine());
        String[] words = answer.split(" ");
        if (words.length != 3 || !words[0].equals("OK")) {
            throw new IOException("no price of " + sku + ": " + answer);
        }
        return Long.parseLong(words[2]);
    }

    /** {@return all prices, a line each} */
    List<String> readAll() throws IOException, InterruptedException {
        return ask("ALL", connection -> {
            List<String> lines = new ArrayList<>();
            for (String line = connection.readLine(); !line.equals("."); line = connection.readLine()) {
                lines.add(line);
            }
            return lines;
        });
    }

    private <T> T ask(String question, Reading<T> reading) throws IOException, InterruptedException {
        try {
            return askOnce(question, reading);
        } catch (IOException e) {
            return askOnce(question, reading);
        }
    }

    private <T> T askOnce(String question, Reading<T> reading) throws IOException, InterruptedException {
        SocketPool.Connection connection = pool.take();
        try {
            connection.writeLine(question);
            T answer = reading.from(connection);
            pool.giveBack(connection);
            return answer;
        } catch (IOException e) {
            pool.discard(connection);
            throw e;
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    @FunctionalInterface
    private interface Reading<T> {
        T from(SocketPool.Connection connection) throws IOException;
    }
}
