package dev.netflight.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NativeOperationEvent;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import dev.netflight.model.SocketEvent;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttributorTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final long COOKIE = 77;
    private static final long LISTENER = 76;
    private static final long SOON = 1_000_000;
    private static final long LATE = Attributor.MAX_WAIT_NANOS + 1_000_000;
    private static final InetAddress PEER = InetAddress.ofLiteral("10.0.0.2");
    private static final InetAddress SELF = InetAddress.ofLiteral("10.0.0.1");

    /** One line a packet: attribution, then {@code operation:bytes} in order. */
    private final List<String> out = new ArrayList<>();
    private final List<Connection> ended = new ArrayList<>();
    private final List<Connection> forgotten = new ArrayList<>();
    /** One line a write: {@code operation@first byte}, then the origins' threads. */
    private final List<String> handedOver = new ArrayList<>();
    private Attributor.Sending sending;

    private final Attributor attributor = new Attributor(new Attributor.Output() {
        @Override
        public void packet(Packet packet) {
            StringBuilder line = new StringBuilder(packet.attribution.name());
            for (int i = 0; i < packet.operationCount; i++) {
                line.append(' ').append(packet.operation(i).id()).append(':').append(packet.operationBytes(i));
            }
            out.add(line.toString());
            if (packet.attribution == Attribution.EXACT) {
                assertThat(packet.connection.id).isNotZero();
            }
        }

        @Override
        public void connectionEnded(Connection connection) {
            ended.add(connection);
        }

        @Override
        public void origins(Operation write, OperationRanges ranges, Connection connection) {
            assertThat(connection.id).isEqualTo(COOKIE);
            StringBuilder line = new StringBuilder(write.id() + "@" + ranges.sentFrom());
            write.origins().forEach(origin -> line.append(' ').append(origin.threadName()));
            handedOver.add(line.toString());
        }

        @Override
        public void connectionForgotten(Connection connection) {
            forgotten.add(connection);
        }
    }, (netns, ifindex) -> new NetworkInterface(netns, ifindex, "eth0", ""), cookie -> sending);

    private long position;

    private void packet(long cookie, boolean outbound, int flags, int seq, int ack, int length) {
        PacketEvent event = attributor.acquire();
        event.position = position += 128;
        event.monoNanos = 0;
        event.cookie = cookie;
        event.netns = 1;
        event.outbound = outbound;
        event.tcpFlags = flags;
        event.seq = seq;
        event.ack = ack;
        event.payloadLength = length;
        event.originalLength = length + 54;
        event.linkLength = 14;
        // IPv4 and TCP as far as a handshake's tuple needs them
        ByteBuffer data = ByteBuffer.allocate(54);
        data.put(14, (byte) 0x45);
        data.put(14 + 12, (outbound ? SELF : PEER).getAddress()).put(14 + 16, (outbound ? PEER : SELF).getAddress());
        data.putShort(34, (short) (outbound ? 8080 : 4000)).putShort(36, (short) (outbound ? 4000 : 8080));
        event.data = data;
        event.capturedLength = 54;
        attributor.packet(event);
    }

    private void sent(int seq, int length) {
        packet(COOKIE, true, ACK, seq, 5000, length);
    }

    private void received(int seq, int length) {
        packet(COOKIE, false, ACK, seq, 1001, length);
    }

    private static Operation operation(long id, OperationKind kind, long bytes) {
        return new Operation(id, kind, new JavaThread("t", 1, false, null, 9, "t"), null, COOKIE, bytes, List.of());
    }

    private void wrote(long id, int from, int to) {
        attributor.operation(operation(id, OperationKind.WRITE, to - from),
                new OperationRanges(COOKIE, true, from, to, false, 0, 0, false, false));
    }

    private void read(long id, int from, int to, long bytes) {
        attributor.operation(operation(id, OperationKind.READ, bytes),
                new OperationRanges(COOKIE, false, 0, 0, true, from, to, false, false));
    }

    private void changed(long id, OperationKind kind) {
        attributor.operation(operation(id, kind, 0),
                new OperationRanges(COOKIE, false, 0, 0, false, 0, 0, true, false));
    }

    private void accepted(long id) {
        attributor.operation(operation(id, OperationKind.ACCEPT, 0),
                new OperationRanges(COOKIE, false, 0, 0, false, 0, 0, false, true));
    }

    private void state(long cookie, long operation, int from, int to, int writeSeq, int copiedSeq, boolean found,
            boolean isAccepted, int error) {
        attributor.socket(new SocketEvent(0, cookie, 1, operation, 9, 6, from, to, SELF, 8080, PEER, 4000, writeSeq,
                copiedSeq, copiedSeq, 10, 5, 0, 10, 0, 0, found, isAccepted, false, error));
    }

    /** A connection that this side opened: SYN 1000, peer's SYN 4999; the first bytes are 1001 and 5000. */
    private void connected() {
        state(COOKIE, 1, SocketEvent.CLOSE, SocketEvent.SYN_SENT, 0, 0, false, false, 0);
        packet(COOKIE, true, SYN, 1000, 0, 0);
        packet(COOKIE, false, SYN | ACK, 4999, 1001, 0);
        state(COOKIE, 0, SocketEvent.SYN_SENT, SocketEvent.ESTABLISHED, 1001, 5000, false, false, 0);
        packet(COOKIE, true, ACK, 1001, 5000, 0);
        changed(1, OperationKind.CONNECT);
        release(SOON);
        out.clear();
    }

    private void release(long now) {
        attributor.release(now, Long.MIN_VALUE);
    }

    @Test
    void the_handshake_of_a_client_belongs_to_its_connect() {
        state(COOKIE, 1, SocketEvent.CLOSE, SocketEvent.SYN_SENT, 0, 0, false, false, 0);
        packet(COOKIE, true, SYN, 1000, 0, 0);
        packet(COOKIE, false, SYN | ACK, 4999, 1001, 0);
        state(COOKIE, 0, SocketEvent.SYN_SENT, SocketEvent.ESTABLISHED, 1001, 5000, false, false, 0);
        packet(COOKIE, true, ACK, 1001, 5000, 0);
        release(SOON);
        assertThat(out).as("until connect has returned").isEmpty();
        changed(1, OperationKind.CONNECT);
        release(SOON);
        assertThat(out).containsExactly("EXACT 1:0", "EXACT 1:0", "EXACT 1:0");
    }

    @Test
    void the_handshake_of_a_server_belongs_to_the_accept_that_returned_the_connection() {
        state(LISTENER, 0, SocketEvent.CLOSE, SocketEvent.LISTEN, 0, 0, false, false, 0);
        packet(LISTENER, false, SYN, 4999, 0, 0);
        packet(LISTENER, true, SYN | ACK, 1000, 5000, 0);
        packet(LISTENER, false, ACK, 5000, 1001, 0);
        state(COOKIE, 0, SocketEvent.SYN_RECV, SocketEvent.ESTABLISHED, 1001, 5000, false, true, 0);
        accepted(3);
        release(SOON);
        assertThat(out).containsExactly("EXACT 3:0", "EXACT 3:0", "EXACT 3:0");
    }

    @Test
    void a_handshake_of_which_nothing_comes_is_forgotten_with_its_tuple() {
        state(LISTENER, 0, SocketEvent.CLOSE, SocketEvent.LISTEN, 0, 0, false, false, 0);
        packet(LISTENER, false, SYN, 4999, 0, 0);
        packet(LISTENER, true, SYN | ACK, 1000, 5000, 0);
        release(LATE);
        assertThat(out).containsExactly("NONE", "NONE");
        attributor.sweep(LATE);
        assertThat(forgotten).as("the client may still answer").isEmpty();
        attributor.sweep(20_000_000_000L);
        assertThat(forgotten).singleElement().satisfies(connection -> {
            assertThat(connection.id).isEqualTo(LISTENER);
            assertThat(connection.localPort).isEqualTo(8080);
            assertThat(connection.remoteAddress).isEqualTo(PEER);
        });
    }

    @Test
    void a_refused_connect_has_its_reset() {
        state(COOKIE, 1, SocketEvent.CLOSE, SocketEvent.SYN_SENT, 0, 0, false, false, 0);
        packet(COOKIE, true, SYN, 1000, 0, 0);
        packet(COOKIE, false, RST | ACK, 0, 1001, 0);
        state(COOKIE, 0, SocketEvent.SYN_SENT, SocketEvent.CLOSE, 1001, 0, false, false, 111);
        changed(1, OperationKind.CONNECT);
        release(SOON);
        assertThat(out).containsExactly("EXACT 1:0", "EXACT 1:0");
        attributor.sweep(LATE * 2);
        assertThat(ended).singleElement().extracting(c -> c.closeReason).isEqualTo("refused");
    }

    @Test
    void a_packet_lists_every_write_whose_bytes_it_carries_in_their_order() {
        connected();
        sent(1001, 100);
        wrote(2, 1001, 1031);
        wrote(3, 1031, 1099);
        release(SOON);
        assertThat(out).as("two bytes are still unknown").isEmpty();
        wrote(4, 1099, 1500);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:30 3:68 4:2");
    }

    @Test
    void a_received_packet_lists_every_read_that_consumed_it() {
        connected();
        received(5000, 100);
        read(2, 5000, 5060, 60);
        read(3, 5060, 5100, 40);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:60 3:40");
    }

    @Test
    void a_retransmission_has_the_operation_of_its_bytes() {
        connected();
        wrote(2, 1001, 1101);
        sent(1001, 100);
        wrote(3, 1101, 1201);
        sent(1101, 100);
        sent(1001, 100);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:100", "EXACT 3:100", "EXACT 2:100");
    }

    @Test
    void an_acknowledgement_has_the_operation_of_the_last_byte_that_it_acknowledges() {
        connected();
        read(2, 5000, 5100, 100);
        wrote(3, 1001, 1101);
        packet(COOKIE, true, ACK, 1001, 5100, 0);
        packet(COOKIE, false, ACK, 5100, 1101, 0);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:0", "EXACT 3:0");
    }

    @Test
    void a_fin_has_the_call_that_closed_and_a_received_one_the_read_that_met_the_end() {
        connected();
        wrote(2, 1001, 1011);
        state(COOKIE, 9, SocketEvent.ESTABLISHED, SocketEvent.FIN_WAIT1, 1011, 5000, false, false, 0);
        packet(COOKIE, true, FIN | ACK, 1001, 5000, 10);
        changed(9, OperationKind.SHUTDOWN);
        packet(COOKIE, false, FIN | ACK, 5000, 1012, 0);
        read(10, 5000, 5001, 0);
        read(11, 5000, 5001, 0);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:10 9:0", "EXACT 10:0");
    }

    @Test
    void data_and_fin_read_together_belong_to_that_read() {
        connected();
        packet(COOKIE, false, FIN | ACK, 5000, 1001, 5);
        read(2, 5000, 5006, 5);
        release(SOON);
        assertThat(out).containsExactly("EXACT 2:5");
    }

    @Test
    void a_reset_that_a_close_sends_belongs_to_that_close() {
        connected();
        state(COOKIE, 9, SocketEvent.ESTABLISHED, SocketEvent.CLOSE, 1001, 5000, false, false, 0);
        packet(COOKIE, true, RST | ACK, 1001, 5000, 0);
        release(SOON);
        assertThat(out).isEmpty();
        changed(9, OperationKind.CLOSE);
        release(SOON);
        assertThat(out).containsExactly("EXACT 9:0");
    }

    @Test
    void packets_leave_in_the_order_of_the_ring_and_none_waits_for_ever() {
        connected();
        sent(1001, 100);
        received(5000, 100);
        read(2, 5000, 5100, 100);
        release(SOON);
        assertThat(out).isEmpty();
        release(LATE);
        assertThat(out).containsExactly("CONNECTION", "EXACT 2:100");
        assertThat(attributor.unattributed()).isEqualTo(1);
    }

    @Test
    void packets_that_the_ring_cannot_hold_leave_at_once() {
        connected();
        sent(1001, 100);
        sent(1101, 100);
        attributor.release(SOON, position);
        assertThat(out).containsExactly("CONNECTION");
        attributor.release(SOON, position + 1);
        assertThat(out).containsExactly("CONNECTION", "CONNECTION");
    }

    @Test
    void bytes_of_before_the_capture_wait_for_nobody() {
        state(COOKIE, 0, 0, SocketEvent.ESTABLISHED, 2001, 6000, true, false, 0);
        sent(1001, 1000);
        received(5500, 500);
        sent(2001, 10);
        wrote(2, 2001, 2011);
        release(SOON);
        assertThat(out).containsExactly("CONNECTION", "CONNECTION", "EXACT 2:10");
    }

    @Test
    void bytes_that_native_code_moved_wait_for_nobody() {
        connected();
        attributor.nativeOperation(new NativeOperationEvent(0, COOKIE, 12, 1001, 1101, true, "mover"));
        sent(1001, 100);
        release(SOON);
        assertThat(out).containsExactly("CONNECTION");
    }

    @Test
    void a_packet_with_some_known_bytes_lists_them_and_is_not_called_exact() {
        connected();
        wrote(2, 1001, 1051);
        attributor.nativeOperation(new NativeOperationEvent(0, COOKIE, 12, 1051, 1101, true, "mover"));
        sent(1001, 100);
        release(SOON);
        assertThat(out).containsExactly("CONNECTION 2:50");
    }

    @Test
    void a_call_that_blocks_for_long_is_looked_for_among_those_in_progress() {
        connected();
        sent(1001, 100);
        sending = new Attributor.Sending(operation(5, OperationKind.WRITE, 0), 1001);
        release(SOON);
        assertThat(out).as("its end may come any moment").isEmpty();
        release(LATE);
        wrote(5, 1001, 3000);
        sent(1101, 100);
        release(LATE);
        assertThat(out).containsExactly("EXACT 5:100", "EXACT 5:100");
    }

    @Test
    void a_connection_carries_more_than_4_gib() {
        connected();
        int seq = 1001;
        for (int i = 0; i < 10; i++) {
            wrote(100 + i, seq, seq + (1 << 30));
            sent(seq, 1000);
            sent(seq + (1 << 30) - 10, 10);
            seq += 1 << 30;
        }
        release(SOON);
        assertThat(out).hasSize(20).allMatch(line -> line.startsWith("EXACT"));
        assertThat(out.get(19)).isEqualTo("EXACT 109:10");
    }

    @Test
    void what_is_left_goes_out_at_the_end_and_every_connection_is_reported_once() {
        connected();
        sent(1001, 100);
        attributor.finish(SOON);
        assertThat(out).containsExactly("CONNECTION");
        assertThat(ended).hasSize(1);
        assertThat(ended.getFirst().packetsSent).isEqualTo(3);
        assertThat(ended.getFirst().bytesSent).isEqualTo(100);
    }

    private void leftOut(long monoNanos) {
        attributor.socket(new SocketEvent(monoNanos, COOKIE, 1, 0, 9, 6, SocketEvent.ESTABLISHED, SocketEvent.CLOSE, SELF, 8080,
                PEER, 4000, 1001, 5000, 5000, 10, 5, 0, 10, 0, 0, false, false, true, 0));
    }

    @Test
    void a_connection_that_is_left_out_ends_without_a_word_also_if_operations_come_late() {
        connected();
        leftOut(1);
        wrote(2, 1001, 1101);
        attributor.sweep(20_000_000_000L);
        attributor.finish(20_000_000_000L);
        assertThat(ended).isEmpty();
        assertThat(forgotten).as("it is in no table of the kernel's").isEmpty();
    }

    @Test
    void a_connection_that_was_left_out_and_is_followed_again_stays() {
        connected();
        release(SOON);
        leftOut(1);
        state(COOKIE, 0, 0, SocketEvent.ESTABLISHED, 1201, 5000, true, false, 0);
        attributor.sweep(20_000_000_000L);
        out.clear();
        wrote(3, 1201, 1301);
        sent(1201, 100);
        release(SOON);
        assertThat(out).containsExactly("EXACT 3:100");
        attributor.finish(20_000_000_001L);
        assertThat(ended).hasSize(1);
    }

    @Test
    void who_handed_bytes_over_is_told_when_the_write_has_ended_without_any_packet() {
        connected();
        wrote(2, 1001, 1101);
        var origins = List.of(new Origin("a", 7, null, 1101, 1111), new Origin("b", 8, null, 1111, 1121));
        attributor.operation(new Operation(3, OperationKind.WRITE, new JavaThread("loop", 1, false, null, 9, "loop"), null, COOKIE,
                20, origins), new OperationRanges(COOKIE, true, 1101, 1121, false, 0, 0, false, false));
        assertThat(handedOver).containsExactly("3@1101 a b");
    }

    @Test
    void a_connection_whose_end_was_reported_and_that_is_found_again_is_not_reported_twice() {
        connected();
        state(COOKIE, 0, SocketEvent.ESTABLISHED, SocketEvent.CLOSE, 1001, 5000, false, false, 0);
        attributor.sweep(5_000_000_000L);
        assertThat(ended).hasSize(1);
        state(COOKIE, 0, 0, SocketEvent.CLOSE, 1001, 5000, true, false, 0);
        attributor.finish(5_000_000_001L);
        assertThat(ended).hasSize(1);
    }

    @Test
    void connections_beyond_the_table_evict_the_one_unused_for_longest_and_count_it() {
        for (int i = 0; i < ConnectionTable.CAPACITY + 5; i++) {
            packet(1000 + i, true, ACK, 1, 1, 1);
            attributor.release(SOON, Long.MAX_VALUE);
        }
        assertThat(attributor.connectionsEvicted()).isEqualTo(5);
    }
}
