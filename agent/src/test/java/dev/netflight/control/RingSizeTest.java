package dev.netflight.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RingSizeTest {
    private static final long GIB = 1L << 30;

    @Test
    void headers_get_16_mib() {
        assertThat(RingSize.byDefault(128)).isEqualTo(16 << 20);
    }

    @Test
    void whole_packets_get_more_where_there_is_memory() {
        assertThat(RingSize.fitting(24 * GIB, Long.MAX_VALUE)).isEqualTo(256 << 20);
        assertThat(RingSize.fitting(2 * GIB, Long.MAX_VALUE)).isEqualTo(128 << 20);
    }

    @Test
    void a_small_container_is_not_filled_by_the_ring() {
        assertThat(RingSize.fitting(24 * GIB, GIB / 2)).isEqualTo(64 << 20);
        assertThat(RingSize.fitting(24 * GIB, GIB / 16)).isEqualTo(16 << 20);
        assertThat(RingSize.fitting(0, Long.MAX_VALUE)).isEqualTo(16 << 20);
    }
}
