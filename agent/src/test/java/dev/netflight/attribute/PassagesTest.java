package dev.netflight.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PassagesTest {
    private final Passages passages = new Passages();

    @Test
    void each_byte_is_found_where_it_passed_first_also_when_the_oldest_have_gone_and_more_have_come() {
        for (int i = 0; i < 10; i++) {
            passages.add(10L * i, 10L * i + 10, i + 1, 0);
        }
        passages.forgetBelow(50);
        for (int i = 10; i < 100; i++) {
            passages.add(10L * i, 10L * i + 10, i + 1, i);
        }
        passages.add(990, 1_000, 999, 5);
        assertThat(passages.with(49)).isEqualTo(-1);
        for (int position = 50; position < 1_000; position++) {
            int found = passages.with(position);
            assertThat(passages.monoNanos(found)).isEqualTo(position / 10 + 1);
            assertThat(passages.lostBefore(found)).isEqualTo(position < 100 ? 0 : position / 10);
        }
        assertThat(passages.monoNanos(passages.reaching(501))).isEqualTo(51);
        assertThat(passages.reaching(1_001)).isEqualTo(-1);
        assertThat(passages.monoNanos(-1)).isZero();
    }

    @Test
    void bytes_that_pass_twice_are_told_from_those_that_pass_once() {
        passages.add(0, 100, 1, 0);
        passages.add(100, 200, 2, 0);
        passages.add(150, 250, 3, 0);
        assertThat(passages.repeats(0, 150)).isFalse();
        assertThat(passages.repeats(150, 151)).isTrue();
        assertThat(passages.repeats(200, 250)).isFalse();
        assertThat(passages.repeats(90, 250)).isTrue();
    }

    @Test
    void the_oldest_go_when_there_are_too_many() {
        for (int i = 0; i < Passages.CAPACITY + 10; i++) {
            passages.add(i, i + 1, i + 1, 0);
        }
        assertThat(passages.with(9)).isEqualTo(-1);
        assertThat(passages.monoNanos(passages.with(10))).isEqualTo(11);
        assertThat(passages.monoNanos(passages.with(Passages.CAPACITY + 9))).isEqualTo(Passages.CAPACITY + 10);
    }
}
