package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceRangesTest {
    private final SequenceRanges ranges = new SequenceRanges();

    private static Operation operation(long id) {
        return new Operation(id, OperationKind.WRITE, null, null, 1, 0, List.of());
    }

    @Test
    void a_byte_belongs_to_the_operation_whose_range_holds_it() {
        Operation first = operation(1);
        Operation second = operation(2);
        ranges.add(100, 200, first);
        ranges.add(200, 250, second);
        assertThat(ranges.at(99)).isNull();
        assertThat(ranges.at(100)).isSameAs(first);
        assertThat(ranges.at(199)).isSameAs(first);
        assertThat(ranges.at(200)).isSameAs(second);
        assertThat(ranges.at(250)).isNull();
        assertThat(ranges.endOf(150, 1000)).isEqualTo(200);
        assertThat(ranges.endOf(0, 1000)).isEqualTo(100);
        assertThat(ranges.endOf(250, 1000)).isEqualTo(1000);
    }

    @Test
    void bytes_that_two_operations_claim_are_nobodys() {
        Operation first = operation(1);
        Operation second = operation(2);
        ranges.add(100, 300, first);
        ranges.add(200, 400, second);
        assertThat(ranges.at(150)).isSameAs(first);
        assertThat(ranges.at(250)).isSameAs(NOBODY);
        assertThat(ranges.at(350)).isSameAs(second);
    }

    @Test
    void an_operation_seen_in_progress_and_at_its_end_does_not_contradict_itself() {
        Operation begun = operation(7);
        ranges.add(100, 200, begun);
        ranges.add(100, 500, operation(7));
        assertThat(ranges.at(150).id()).isEqualTo(7);
        assertThat(ranges.at(450).id()).isEqualTo(7);
    }

    @Test
    void a_claim_that_comes_late_finds_its_place() {
        Operation late = operation(1);
        Operation early = operation(2);
        ranges.add(200, 300, early);
        ranges.add(100, 200, late);
        assertThat(ranges.at(100)).isSameAs(late);
        assertThat(ranges.at(299)).isSameAs(early);
    }

    @Test
    void what_lies_below_the_floor_waits_for_nobody_unless_it_was_claimed() {
        Operation claimed = operation(1);
        ranges.raiseFloor(1000);
        ranges.add(900, 1000, claimed);
        assertThat(ranges.at(500)).isSameAs(NOBODY);
        assertThat(ranges.at(950)).isSameAs(claimed);
        assertThat(ranges.at(1000)).isNull();
    }

    @Test
    void ranges_whose_packets_have_not_left_are_forgotten_last_and_counted() {
        ranges.asked();
        int evicted = 0;
        int count = SequenceRanges.CAPACITY + 10;
        for (int i = 0; i < count; i++) {
            evicted += ranges.add(i * 10L, i * 10L + 10, operation(i + 1));
        }
        assertThat(evicted).isEqualTo(10);
        assertThat(ranges.at(5)).as("evicted: nobody will claim it again").isSameAs(NOBODY);
        assertThat(ranges.at(100).id()).isEqualTo(11);
        assertThat(ranges.at(count * 10L - 1).id()).isEqualTo(count);
    }

    @Test
    void ranges_that_have_served_are_kept_for_a_while_and_then_go_uncounted() {
        ranges.asked();
        int evicted = 0;
        int count = 10 * SequenceRanges.KEPT;
        for (int i = 0; i < count; i++) {
            evicted += ranges.add(i * 10L, i * 10L + 10, operation(i + 1));
            ranges.served(i * 10L + 10);
        }
        assertThat(evicted).isZero();
        assertThat(ranges.at((count - SequenceRanges.KEPT) * 10L).id()).isEqualTo(count - SequenceRanges.KEPT + 1);
        assertThat(ranges.at(0)).isSameAs(NOBODY);
    }

    @Test
    void of_what_was_acknowledged_more_is_kept_where_packets_were_overtaken() {
        ranges.asked();
        int order = acknowledge(0, 1_000);
        assertThat(firstKnown(order)).as("in their order").isGreaterThan(order - 50);

        ranges.served(order * 10L - 20);
        int disorder = acknowledge(order, SequenceRanges.WARY);
        assertThat(firstKnown(disorder)).as("one came late").isBetween(disorder - SequenceRanges.OVERTAKEN - 10, disorder - SequenceRanges.OVERTAKEN);

        int again = acknowledge(disorder, 1_000);
        assertThat(firstKnown(again)).as("in their order for long").isGreaterThan(again - 50);
    }

    /** Packets of ten bytes, each read and acknowledged. @return how many there were */
    private int acknowledge(int first, int count) {
        for (int i = first; i < first + count; i++) {
            assertThat(ranges.add(i * 10L, i * 10L + 10, operation(i + 1))).as("evicted").isZero();
            ranges.served(i * 10L + 10);
            ranges.acknowledged(i * 10L + 10);
        }
        return first + count;
    }

    private int firstKnown(int count) {
        int first = count;
        while (first > 0 && ranges.at(first * 10L - 10) != NOBODY) {
            first--;
        }
        return first;
    }

    @Test
    void few_ranges_are_kept_while_no_packet_of_the_connection_is_captured() {
        int evicted = 0;
        int count = 10 * SequenceRanges.UNASKED;
        for (int i = 0; i < count; i++) {
            evicted += ranges.add(i * 10L, i * 10L + 10, operation(i + 1));
        }
        assertThat(evicted).isZero();
        assertThat(ranges.at((count - SequenceRanges.UNASKED) * 10L).id()).isEqualTo(count - SequenceRanges.UNASKED + 1);
        assertThat(ranges.at((count - SequenceRanges.UNASKED) * 10L - 1)).isSameAs(NOBODY);
    }

    @Test
    void positions_go_on_where_32_bits_end() {
        long position = ranges.extend(0xffff_ff00);
        assertThat(ranges.extend(0x100) - position).isEqualTo(0x200);
        assertThat(ranges.extend(0xffff_ff80) - position).isEqualTo(0x80);
        long far = position;
        int seq = 0xffff_ff00;
        for (int i = 0; i < 20; i++) {
            seq += 1 << 30;
            far += 1 << 30;
            assertThat(ranges.extend(seq)).isEqualTo(far);
        }
    }

    @Test
    void random_claims_agree_with_a_table_of_single_bytes() {
        Random random = new Random(42);
        for (int round = 0; round < 500; round++) {
            SequenceRanges tested = new SequenceRanges();
            long[] truth = new long[400];
            for (int i = 1; i <= 30; i++) {
                int from = random.nextInt(380);
                int to = from + 1 + random.nextInt(20);
                tested.add(from, to, operation(i));
                for (int at = from; at < to; at++) {
                    truth[at] = truth[at] == 0 ? i : -1;
                }
            }
            for (int at = 0; at < truth.length; at++) {
                Operation owner = tested.at(at);
                long id = owner == null ? 0 : owner == NOBODY ? -1 : owner.id();
                assertThat(id).as("round %d, byte %d", round, at).isEqualTo(truth[at]);
                assertThat(tested.endOf(at, 400)).isGreaterThan(at);
            }
        }
    }
}
