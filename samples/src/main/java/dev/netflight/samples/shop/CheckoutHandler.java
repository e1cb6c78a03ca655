package dev.netflight.samples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code POST /checkout} with a body {@code sku quantity}: asks for the price, reserves, charges, and answers with a
 * receipt. Runs on a virtual thread of its own, so each of the three calls may simply block.
 */
final class CheckoutHandler implements HttpHandler {
    private static final Pattern ORDER = Pattern.compile("([a-z0-9-]{1,40}) ([1-9][0-9]?)");

    private final PriceFeed prices;
    private final InventoryClient inventory;
    private final PaymentClient payments;
    private final SuggestionClient suggestions;

    CheckoutHandler(PriceFeed prices, InventoryClient inventory, PaymentClient payments,
            SuggestionClient suggestions) {
        this.prices = prices;
        this.inventory = inventory;
        this.payments = payments;
        this.suggestions = suggestions;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String order = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher matcher = ORDER.matcher(order);
            Answer answer = matcher.matches() ? checkout(matcher.group(1), Integer.parseInt(matcher.group(2)))
                    : new Answer(400, "an order is: article-7 2");
            answer.send(exchange);
        }
    }

    private Answer checkout(String sku, int quantity) {
        try {
            long cents = prices.read(sku) * quantity;
            if (!inventory.reserve(sku, quantity)) {
                return new Answer(409, sku + " is out of stock");
            }
            return switch (payments.charge(cents)) {
                case PAID -> new Answer(200, receipt(sku, quantity, cents));
                case DECLINED -> new Answer(402, "declined");
            };
        } catch (IOException e) {
            return new Answer(502, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(503, "ending");
        }
    }

    private String receipt(String sku, int quantity, long cents) {
        return "%d x %s: %d.%02d%n%s%n".formatted(quantity, sku, cents / 100, cents % 100,
                String.join("\n", suggestions.suggest(sku)));
    }
}
