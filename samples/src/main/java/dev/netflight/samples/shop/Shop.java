package dev.netflight.samples.shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The shop's process: its HTTP server, and the clients of the services behind it. */
final class Shop implements AutoCloseable {
    /** The discard service, which no machine has run for decades: a connection to it is refused at once. */
    static final InetSocketAddress NOBODY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

    private static final int PRICE_CONNECTIONS = 4;

    private final ExecutorService requests;
    private final InventoryClient inventory;
    private final PriceFeed prices;
    private final PriceRefresher refresher;
    private final HttpServer server;

    /**
     * @param port        to listen on, on the loopback address; 0 = any
     * @param inventory   where reservations and payments are made
     * @param prices      where prices are told
     * @param suggestions where suggestions would come from
     */
    Shop(int port, InetSocketAddress inventory, InetSocketAddress prices, InetSocketAddress suggestions)
            throws IOException {
        this.requests = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 1).factory());
        this.inventory = new InventoryClient(inventory);
        this.prices = new PriceFeed(new SocketPool(prices, PRICE_CONNECTIONS));
        PriceList list = new PriceList();
        this.refresher = new PriceRefresher(this.prices, list);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(requests);
        server.createContext("/checkout", new CheckoutHandler(this.prices, this.inventory,
                new PaymentClient(inventory), new SuggestionClient(suggestions)));
        server.createContext("/catalogue", new CatalogueHandler(list));
        server.start();
        refresher.start();
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    /** Takes no more requests, lets those under way end, then lets go of the services behind. */
    @Override
    public void close() {
        server.stop(1);
        requests.close();
        refresher.close();
        inventory.close();
        prices.close();
    }
}
