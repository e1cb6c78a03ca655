package dev.netflight.samples.shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ShopTest {
    @Test
    void most_customers_are_served_and_the_others_are_told_why_not() throws Exception {
        try (InventoryService inventory = new InventoryService(0);
                PriceServer prices = new PriceServer(0);
                Shop shop = new Shop(0, inventory.address(), prices.address(), Shop.NOBODY)) {
            Load.Summary summary = new Load(shop.address(), 200, 4).run();
            assertTrue(summary.successful(), summary.toString());
            assertEquals(200, summary.byStatus().values().stream().mapToInt(Integer::intValue).sum());
            assertTrue(summary.byStatus().get(402) > 0, "some are declined");
            assertTrue(summary.byStatus().get(409) > 0, "some articles are out of stock");
            assertTrue(summary.byStatus().get(502) > 0, "some payments never come");
        }
    }

    @Test
    void a_shop_with_nothing_behind_it_sells_nothing_and_says_so() throws Exception {
        try (Shop shop = new Shop(0, Shop.NOBODY, Shop.NOBODY, Shop.NOBODY)) {
            Load.Summary summary = new Load(shop.address(), 10, 2).run();
            assertFalse(summary.successful());
            assertEquals(8, summary.byStatus().get(502));
        }
    }

    @Test
    void arguments_are_named() {
        Arguments arguments = Arguments.of("shop", "--http=8080", "--inventory=127.0.0.1:81");
        assertEquals("shop", arguments.mode());
        assertEquals(8080, arguments.port("http"));
        assertEquals(0, arguments.port("prices"));
        assertEquals(new InetSocketAddress("127.0.0.1", 81), arguments.address("inventory"));
        assertThrows(IllegalArgumentException.class, () -> arguments.address("prices"));
        assertThrows(IllegalArgumentException.class, () -> Arguments.of("shop", "http"));
        assertThrows(IllegalArgumentException.class, () -> Arguments.of());
    }
}
