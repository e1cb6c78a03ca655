package dev.netflight.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Connection;
import dev.netflight.model.Packet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionEndsTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> out = new ArrayList<>();
    private final ConnectionEnds ends = new ConnectionEnds(new Attributor.Output() {
        @Override
        public void packet(Packet packet) {
            throw new AssertionError("no packets here");
        }

        @Override
        public void connectionEnded(Connection connection) {
            out.add("ended " + connection.id);
        }

        @Override
        public void connectionForgotten(Connection connection) {
            out.add("forgotten " + connection.id);
        }
    });
    private final ConnectionTable table = new ConnectionTable(ends::report, ends::forgotten);

    @Test
    void a_closed_connection_is_reported_when_its_packets_have_left_and_forgotten_later() {
        ends.closed(table.add(7), SECOND);
        ends.sweep(SECOND + Attributor.MAX_WAIT_NANOS, table);
        assertThat(out).as("packets may still wait").isEmpty();
        ends.sweep(3 * SECOND, table);
        ends.sweep(5 * SECOND, table);
        assertThat(out).containsExactly("ended 7");
        assertThat(table.find(7)).as("known to late packets").isNotNull();
        ends.sweep(12 * SECOND, table);
        assertThat(out).containsExactly("ended 7", "forgotten 7");
        assertThat(table.find(7)).isNull();
    }

    @Test
    void a_connection_that_had_to_go_is_reported_once() {
        TrackedConnection tracked = table.add(7);
        ends.report(tracked);
        ends.closed(tracked, SECOND);
        ends.sweep(5 * SECOND, table);
        assertThat(out).containsExactly("ended 7");
    }

    @Test
    void a_connection_that_is_left_out_goes_without_a_word_unless_it_is_followed_again() {
        TrackedConnection gone = table.add(7);
        TrackedConnection again = table.add(8);
        ends.leftOut(gone, SECOND);
        ends.leftOut(again, SECOND);
        again.leftOutMonoNanos = 0;
        ends.sweep(12 * SECOND, table);
        assertThat(table.find(7)).isNull();
        assertThat(table.find(8)).isNotNull();
        assertThat(out).isEmpty();
    }
}
