package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WeakTableTest {
    private final WeakTable<String> table = new WeakTable<>(64);

    @Test
    void a_key_is_found_by_identity_with_the_newest_value_until_it_is_taken_out() {
        String key = new String("key");
        table.put(key, "first");
        table.put(key, "second");
        assertThat(table.get(key)).isEqualTo("second");
        assertThat(table.get(new String("key"))).isNull();
        table.put(key, null);
        assertThat(table.get(key)).isNull();
        assertThat(table.get(null)).isNull();
    }

    @Test
    void more_than_it_holds_is_forgotten_and_counted_and_nothing_is_confused() {
        List<Object> keys = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Object key = new Object();
            keys.add(key);
            table.put(key, "value " + i);
            assertThat(table.get(key)).isEqualTo("value " + i);
        }
        int found = 0;
        for (int i = 0; i < 200; i++) {
            String value = table.get(keys.get(i));
            found += value == null ? 0 : 1;
            assertThat(value).isIn(null, "value " + i);
        }
        assertThat(found).isLessThanOrEqualTo(64);
        assertThat(table.evicted()).isEqualTo(200 - found);
    }

    @Test
    void what_is_known_of_living_keys_outlasts_the_collection_of_others() {
        Object kept = new Object();
        table.put(kept, "kept");
        for (int i = 0; i < 20; i++) {
            table.put(new Object(), "gone");
        }
        System.gc();
        table.expire();
        assertThat(table.get(kept)).isIn("kept", null);
        table.put(kept, "kept");
        assertThat(table.get(kept)).isEqualTo("kept");
    }
}
