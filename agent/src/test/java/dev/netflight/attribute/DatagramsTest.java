package dev.netflight.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Attribution;
import dev.netflight.model.DatagramEvent;
import dev.netflight.model.DatagramEvent.Fate;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatagramsTest {
    private static final long SOCKET = 77;
    private static final long MILLISECOND = 1_000_000L;

    private final Datagrams datagrams = new Datagrams();
    private long now = 1_000_000_000L;

    private static PacketEvent packet(int number, boolean outbound, int length) {
        PacketEvent event = new PacketEvent();
        event.protocol = Rules.UDP;
        event.cookie = SOCKET;
        event.outbound = outbound;
        event.seq = number;
        event.ack = length;
        event.payloadLength = length;
        return event;
    }

    private void arrives(int number, int cpu) {
        PacketEvent event = packet(number, false, 100);
        event.cpu = cpu;
        event.monoNanos = now;
        datagrams.arrived(event);
        now += MILLISECOND / 100;
    }

    private void happens(Fate fate, int number, long operation) {
        datagrams.happened(new DatagramEvent(now, SOCKET, operation, 1, number, 100, fate, false, new int[0], 0));
    }

    /** A read of a socket that was idle since a time. */
    private void taken(long operation, long idleSince, int length, int... queued) {
        datagrams.happened(new DatagramEvent(now, SOCKET, operation, 1, 0, length, Fate.TAKEN, false, queued, idleSince));
        now += MILLISECOND / 100;
    }

    private void ended(long operation) {
        datagrams.operation(new Operation(operation, OperationKind.RECEIVE, new JavaThread("t", 1, false, null, 9, "t"),
                null, SOCKET, 100, List.of()));
    }

    /** {@code waits}, {@code nobody} or the operation's number. */
    private String ownerOf(int number, boolean outbound) {
        Packet packet = new Packet();
        if (!datagrams.attribute(packet(number, outbound, 100), packet)) {
            assertThat(packet.attribution).isEqualTo(Attribution.CONNECTION);
            return "waits";
        }
        if (packet.operationCount == 0) {
            assertThat(packet.attribution).isEqualTo(Attribution.CONNECTION);
            return "nobody";
        }
        assertThat(packet.attribution).isEqualTo(Attribution.EXACT);
        assertThat(packet.operationBytes(0)).isEqualTo(100);
        return Long.toString(packet.operation(0).id());
    }

    @Test
    void a_datagram_belongs_to_the_call_that_sent_it_once_that_has_ended() {
        happens(Fate.SENT, 5, 11);
        assertThat(ownerOf(5, true)).isEqualTo("waits");
        ended(11);
        assertThat(ownerOf(5, true)).isEqualTo("11");
        assertThat(ownerOf(5, false)).isEqualTo("waits");
    }

    @Test
    void fragments_are_sent_by_one_call_under_several_numbers() {
        happens(Fate.SENT, 5, 11);
        happens(Fate.SENT, 6, 11);
        ended(11);
        assertThat(ownerOf(5, true)).isEqualTo("11");
        assertThat(ownerOf(6, true)).isEqualTo("11");
    }

    @Test
    void a_datagram_that_native_code_sent_or_read_waits_for_nobody() {
        happens(Fate.SENT, 5, 0);
        arrives(6, 0);
        happens(Fate.READ, 6, 0);
        assertThat(ownerOf(5, true)).isEqualTo("nobody");
        assertThat(ownerOf(6, false)).isEqualTo("nobody");
    }

    @Test
    void a_datagram_without_a_number_waits_for_nobody() {
        assertThat(ownerOf(0, true)).isEqualTo("nobody");
    }

    @Test
    void a_datagram_that_the_kernel_threw_away_has_no_read() {
        arrives(5, 0);
        happens(Fate.DROPPED, 5, 0);
        assertThat(ownerOf(5, false)).isEqualTo("nobody");
    }

    @Test
    void the_only_one_that_came_to_an_idle_socket_is_the_one_that_was_read() {
        arrives(5, 0);
        taken(11, now - MILLISECOND, 100);
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("11");
    }

    @Test
    void what_is_still_queued_was_not_read() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 1);
        arrives(7, 0);
        taken(11, idle, 100, 6, 7);
        happens(Fate.READ, 6, 12);
        happens(Fate.READ, 7, 13);
        List.of(11L, 12L, 13L).forEach(this::ended);
        assertThat(ownerOf(5, false)).isEqualTo("11");
        assertThat(ownerOf(6, false)).isEqualTo("12");
        assertThat(ownerOf(7, false)).isEqualTo("13");
    }

    @Test
    void one_that_is_still_on_its_way_comes_after_one_of_the_same_processor() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 0);
        taken(11, idle, 100);
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("11");
        assertThat(ownerOf(6, false)).isEqualTo("waits");
    }

    @Test
    void one_that_is_still_on_its_way_through_another_processor_leaves_it_open_until_it_is_read() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 1);
        taken(11, idle, 100);
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("waits");
        happens(Fate.READ, 6, 12);
        ended(12);
        assertThat(ownerOf(5, false)).isEqualTo("11");
        assertThat(ownerOf(6, false)).isEqualTo("12");
    }

    @Test
    void a_datagram_of_which_fragments_are_missing_cannot_have_been_read() {
        long idle = now - 1;
        fragment(5, 1, PacketEvent.LENGTH_UNKNOWN, 60);
        arrives(6, 1);
        taken(11, idle, 100);
        ended(11);
        assertThat(ownerOf(6, false)).isEqualTo("11");
        fragment(5, 2, 100, 40);
        taken(12, idle, 100);
        ended(12);
        assertThat(ownerOf(5, false)).isEqualTo("12");
    }

    private void fragment(int number, int place, int length, int payload) {
        PacketEvent event = packet(number, false, payload);
        event.tcpFlags = place;
        event.ack = length;
        event.monoNanos = now;
        datagrams.arrived(event);
        now += MILLISECOND / 100;
    }

    @Test
    void two_that_came_through_two_processors_and_are_both_gone_are_nobodys() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 1);
        taken(11, idle, 100);
        taken(12, idle, 100);
        ended(11);
        ended(12);
        assertThat(ownerOf(5, false)).isEqualTo("nobody");
        assertThat(ownerOf(6, false)).isEqualTo("nobody");
        // and what comes next is not touched by it
        idle = now - 1;
        arrives(7, 0);
        taken(13, idle, 100);
        ended(13);
        assertThat(ownerOf(7, false)).isEqualTo("13");
    }

    @Test
    void two_that_one_lookup_read_are_both_its_own_in_whatever_order() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 1);
        taken(11, idle, 100);
        taken(11, idle, 100);
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("11");
        assertThat(ownerOf(6, false)).isEqualTo("11");
    }

    @Test
    void a_read_that_got_more_bytes_than_a_datagram_has_did_not_get_it() {
        long idle = now - 1;
        arrives(5, 0);
        taken(11, idle, 101);
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("waits");
    }

    @Test
    void one_that_came_long_before_the_socket_was_seen_empty_is_gone() {
        arrives(5, 0);
        now += 20 * MILLISECOND;
        long idle = now - 1;
        arrives(6, 1);
        taken(11, idle, 100);
        ended(11);
        assertThat(ownerOf(6, false)).isEqualTo("11");
        assertThat(ownerOf(5, false)).isEqualTo("waits");
    }

    @Test
    void nothing_is_claimed_where_datagrams_came_that_left_no_packet() {
        arrives(5, 0);
        datagrams.happened(new DatagramEvent(now, SOCKET, 11, 1, 0, 100, Fate.TAKEN, true, new int[0], now - MILLISECOND));
        ended(11);
        assertThat(ownerOf(5, false)).isEqualTo("waits");
    }

    @Test
    void two_claims_cannot_both_be_right() {
        happens(Fate.READ, 5, 11);
        happens(Fate.READ, 5, 12);
        ended(11);
        ended(12);
        assertThat(ownerOf(5, false)).isEqualTo("nobody");
    }

    @Test
    void of_datagrams_whose_packets_have_left_only_fragments_are_kept() {
        happens(Fate.SENT, 5, 11);
        happens(Fate.SENT, 6, 11);
        ended(11);
        datagrams.served(packet(5, true, 100));
        PacketEvent fragment = packet(6, true, 100);
        fragment.tcpFlags = 1;
        datagrams.served(fragment);
        assertThat(ownerOf(5, true)).isEqualTo("waits");
        assertThat(ownerOf(6, true)).isEqualTo("11");
    }

    @Test
    void datagrams_that_wait_for_their_packets_are_bounded_and_the_forgotten_ones_counted() {
        for (int number = 1; number <= Datagrams.CAPACITY + 10; number++) {
            happens(Fate.SENT, number, 0);
        }
        assertThat(datagrams.evicted()).isEqualTo(10);
        assertThat(ownerOf(10, true)).isEqualTo("waits");
        assertThat(ownerOf(11, true)).isEqualTo("nobody");
    }

    @Test
    void a_read_that_is_told_apart_after_its_operation_has_come_gets_its_datagram_all_the_same() {
        long idle = now - 1;
        arrives(5, 0);
        arrives(6, 1);
        taken(11, idle, 100);
        ended(11);
        happens(Fate.DROPPED, 6, 0);
        assertThat(ownerOf(5, false)).isEqualTo("11");
    }
}
