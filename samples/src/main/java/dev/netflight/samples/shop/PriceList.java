package dev.netflight.samples.shop;

import java.util.List;

/** The prices as last seen. One thread sets them, any thread reads. */
final class PriceList {
    private volatile String text = "";

    void set(List<String> lines) {
        text = String.join("\n", lines);
    }

    String text() {
        return text;
    }
}
