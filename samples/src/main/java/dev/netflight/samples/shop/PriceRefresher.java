package dev.netflight.samples.shop;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Fetches the whole price list from time to time, on a platform thread of its own pool. */
final class PriceRefresher implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger("shop");
    private static final long PERIOD_MILLIS = 250;

    private final PriceFeed prices;
    private final PriceList list;
    private final ScheduledExecutorService pool =
            Executors.newScheduledThreadPool(2, Thread.ofPlatform().name("price-refresh-", 1).factory());

    PriceRefresher(PriceFeed prices, PriceList list) {
        this.prices = prices;
        this.list = list;
    }

    void start() {
        pool.scheduleWithFixedDelay(this::refresh, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void refresh() {
        try {
            list.set(prices.readAll());
        } catch (IOException e) {
            // The old list stays; the next time is soon. An exception would end the schedule.
            LOGGER.log(System.Logger.Level.DEBUG, "prices stay as they are", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
        pool.close();
    }
}
