package dev.netflight.samples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;

/** {@code GET /catalogue}: all prices, some 30 KB, as last seen by the {@link PriceRefresher}. */
final class CatalogueHandler implements HttpHandler {
    private final PriceList prices;

    CatalogueHandler(PriceList prices) {
        this.prices = prices;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            new Answer(200, prices.text()).send(exchange);
        }
    }
}
