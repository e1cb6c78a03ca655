package dev.netflight.samples.shop;

import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;

/**
 * Starts one of the sample's three processes.
 *
 * <pre>
 * java -cp … dev.netflight.samples.shop.Main inventory [--http=PORT] [--prices=PORT]
 * java -cp … dev.netflight.samples.shop.Main shop --inventory=HOST:PORT --prices=HOST:PORT [--http=PORT]
 * java -cp … dev.netflight.samples.shop.Main load --shop=HOST:PORT [--requests=N] [--clients=N]
 * </pre>
 *
 * <p>A port that is not given is chosen by the kernel. A server prints one line when it is ready, with its addresses as
 * {@code name=host:port}, and runs until it is told to end (SIGTERM).
 */
public final class Main {
    private static final String USAGE = """
            usage: inventory [--http=PORT] [--prices=PORT]
                   shop --inventory=HOST:PORT --prices=HOST:PORT [--http=PORT] [--suggestions=HOST:PORT]
                   load --shop=HOST:PORT [--requests=N] [--clients=N]""";

    private Main() {}

    public static void main(String[] args) throws Exception {
        // The JDK's HTTP server writes head and body of an answer separately; without this, the body waits for the
        // client's delayed acknowledgement of the head, 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            Arguments arguments = Arguments.of(args);
            switch (arguments.mode()) {
                case "inventory" -> inventory(arguments);
                case "shop" -> shop(arguments);
                case "load" -> System.exit(load(arguments) ? 0 : 1);
                default -> throw new IllegalArgumentException("no such mode: " + arguments.mode());
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println(USAGE);
            System.exit(2);
        }
    }

    private static void inventory(Arguments arguments) throws Exception {
        try (InventoryService inventory = new InventoryService(arguments.port("http"));
                PriceServer prices = new PriceServer(arguments.port("prices"))) {
            System.out.println("inventory ready http=" + shown(inventory.address()) + " prices="
                    + shown(prices.address()));
            awaitEnd();
        }
    }

    private static void shop(Arguments arguments) throws Exception {
        try (Shop shop = new Shop(arguments.port("http"), arguments.address("inventory"), arguments.address("prices"),
                arguments.address("suggestions", Shop.NOBODY))) {
            System.out.println("shop ready http=" + shown(shop.address()));
            awaitEnd();
        }
    }

    private static boolean load(Arguments arguments) throws Exception {
        Load load = new Load(arguments.address("shop"), arguments.number("requests", 400),
                arguments.number("clients", 4));
        Load.Summary summary = load.run();
        System.out.println(summary);
        return summary.successful();
    }

    /** Waits for SIGTERM or SIGINT; the JVM halts once the calling thread has closed what it has open. */
    private static void awaitEnd() throws InterruptedException {
        CountDownLatch ending = new CountDownLatch(1);
        Thread waiting = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ending.countDown();
            try {
                waiting.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "end"));
        ending.await();
    }

    private static String shown(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
