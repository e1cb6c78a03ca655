package dev.netflight.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StackPolicyTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void all_and_off_do_not_ask_which_connection() {
        assertThat(StackPolicy.all().wants(1)).isTrue();
        assertThat(StackPolicy.off().wants(1)).isFalse();
    }

    @Test
    void a_rate_lets_one_seconds_worth_through_at_once_and_no_more() {
        StackPolicy policy = StackPolicy.perSecond(100);
        assertThat(taken(policy, 5, 1000, SECOND)).isEqualTo(100);
        assertThat(taken(policy, 5, 1000, SECOND + SECOND / 10)).isEqualTo(10);
        assertThat(taken(policy, 5, 1000, 100 * SECOND)).isEqualTo(100);
    }

    @Test
    void connections_that_were_opened_one_after_the_other_do_not_share_a_rate() {
        StackPolicy policy = StackPolicy.perSecond(1);
        int taken = 0;
        for (int cookie = 4097; cookie < 4097 + 256; cookie++) {
            taken += taken(policy, cookie, 3, SECOND);
        }
        assertThat(taken).isBetween(240, 256);
    }

    @Test
    void a_rate_out_of_range_is_refused() {
        assertThatThrownBy(() -> StackPolicy.perSecond(0)).hasMessageContaining("not 0");
        assertThatThrownBy(() -> StackPolicy.perSecond(1_000_001)).hasMessageContaining("1 to 1000000");
    }

    private static int taken(StackPolicy policy, long cookie, int asked, long now) {
        int taken = 0;
        for (int i = 0; i < asked; i++) {
            taken += policy.take(cookie, now) ? 1 : 0;
        }
        return taken;
    }
}
