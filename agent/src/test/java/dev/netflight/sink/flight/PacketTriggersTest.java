package dev.netflight.sink.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Connection;
import dev.netflight.model.Direction;
import dev.netflight.model.Packet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PacketTriggersTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    private final List<String> fired = new ArrayList<>();
    private final PacketTriggers triggers = new PacketTriggers(true, true, fired::add);
    private final Packet packet = new Packet();

    private void pass(long connection, Direction direction, int flags, int seq, int length, long millis) {
        packet.number++;
        packet.protocol = 6;
        packet.direction = direction;
        packet.connection = new Connection(connection);
        packet.tcpFlags = flags;
        packet.tcpSeq = seq;
        packet.payloadLength = length;
        packet.monoNanos = millis * 1_000_000;
        triggers.packet(packet);
    }

    private void send(int seq, long millis) {
        pass(1, Direction.OUTBOUND, ACK, seq, 1_000, millis);
    }

    @Test
    void a_reset_fires_whichever_way_it_goes() {
        pass(1, Direction.INBOUND, RST | ACK, 7, 0, 0);
        pass(2, Direction.OUTBOUND, RST, 7, 0, 0);
        assertThat(fired).containsExactly("a reset was received, packet 1", "a reset was sent, packet 2");
    }

    @Test
    void ten_segments_sent_again_within_a_second_fire_once() {
        for (int i = 0; i < 20; i++) {
            send(-5_000 + i * 1_000, i);
        }
        for (int i = 0; i < 9; i++) {
            send(-5_000 + i * 1_000, 100 + i);
        }
        assertThat(fired).isEmpty();
        send(4_000, 200);
        assertThat(fired).containsExactly("10 segments were sent again within a second, the last in packet 30");
        send(5_000, 201);
        assertThat(fired).as("the next burst has just begun").hasSize(1);
    }

    @Test
    void ten_segments_sent_again_in_a_longer_time_do_not_fire() {
        send(0, 0);
        for (int i = 0; i < 100; i++) {
            send(0, 150 * i);
        }
        assertThat(fired).isEmpty();
    }

    @Test
    void syn_and_fin_take_part_and_acknowledgements_received_data_and_new_data_do_not() {
        for (int i = 0; i < 50; i++) {
            pass(3, Direction.OUTBOUND, ACK, 77, 0, i);
            pass(3, Direction.INBOUND, ACK, 77, 100, i);
            pass(3, Direction.OUTBOUND, ACK, 77 + i * 10, 10, i);
        }
        assertThat(fired).isEmpty();
        for (int i = 0; i <= 5; i++) {
            pass(4, Direction.OUTBOUND, SYN, 9, 0, 60);
        }
        pass(5, Direction.OUTBOUND, FIN | ACK, 9, 0, 60);
        for (int i = 0; i < 5; i++) {
            pass(5, Direction.OUTBOUND, FIN | ACK, 9, 0, 61);
        }
        assertThat(fired).hasSize(1);
    }

    @Test
    void what_is_not_asked_for_does_not_fire() {
        var none = new PacketTriggers(false, false, fired::add);
        for (int i = 0; i < 50; i++) {
            packet.protocol = 6;
            packet.direction = Direction.OUTBOUND;
            packet.connection = new Connection(1);
            packet.tcpFlags = RST;
            packet.payloadLength = 5;
            none.packet(packet);
        }
        assertThat(fired).isEmpty();
    }
}
