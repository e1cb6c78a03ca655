package dev.netflight.instrument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClassFingerprintTest {
    private static final String OWNER = "sun/nio/ch/NioSocketImpl";

    @Test
    void the_order_of_methods_does_not_matter() throws IOException {
        byte[] file = WeaveAhead.original(OWNER);
        byte[] reversed = ClassFiles.withMethodsReversed(file);
        assertThat(reversed).isNotEqualTo(file).hasSameSizeAs(file);
        assertThat(ClassFingerprint.of(reversed)).isEqualTo(ClassFingerprint.of(file));
    }

    @Test
    void one_instruction_more_matters() throws IOException {
        byte[] file = WeaveAhead.original(OWNER);
        assertThat(ClassFingerprint.of(ClassFiles.withNopIn("isOpen", file))).isNotEqualTo(ClassFingerprint.of(file));
    }

    /** Constants, flags, instructions, line numbers: whichever byte changes, the class is another or none at all. */
    @Test
    void each_bit_matters() throws IOException {
        byte[] file = WeaveAhead.original("sun/nio/ch/SocketDispatcher");
        Set<Long> prints = new HashSet<>();
        prints.add(ClassFingerprint.of(file));
        int parsed = 1;
        for (int bit = 0; bit < 8 * file.length; bit++) {
            byte[] changed = file.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                prints.add(ClassFingerprint.of(changed));
                parsed++;
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                // no class file any more
            }
        }
        assertThat(parsed).isGreaterThan(4 * file.length);
        assertThat(prints).hasSize(parsed);
    }

    @Test
    void what_is_no_class_file_is_refused() throws IOException {
        byte[] file = WeaveAhead.original(OWNER);
        assertThatThrownBy(() -> ClassFingerprint.of(Arrays.copyOf(file, file.length - 1)))
                .isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
        assertThatThrownBy(() -> ClassFingerprint.of(Arrays.copyOf(file, file.length + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
