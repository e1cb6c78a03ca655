package dev.netflight.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AddressTextTest {

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "fe80::1:0:0:1",
        "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "1:2:3:4:5:6:7:8", "::ffff:0:1:2", "a:b:c:d:e:f::"})
    void an_address_is_written_in_the_short_form_of_RFC_5952(String text) throws Exception {
        assertThat(AddressText.of(InetAddress.getByName(text))).isEqualTo(text);
    }

    @Test
    void what_is_written_is_read_as_the_same_address() throws Exception {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(4) == 0 ? 4 : 16];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] &= (byte) (random.nextBoolean() ? 0xff : 0);
            }
            InetAddress address = InetAddress.getByAddress(bytes);
            assertThat(InetAddress.getByName(AddressText.of(address))).isEqualTo(address);
        }
    }

    @Test
    void a_v4_mapped_address_is_the_same_text_as_the_plain_one() throws Exception {
        assertThat(AddressText.of(0, 0xffff_c000_0201L)).isEqualTo("192.0.2.1")
                .isEqualTo(AddressText.of(InetAddress.getByName("192.0.2.1")));
        assertThat(AddressText.of(null)).isNull();
    }
}
