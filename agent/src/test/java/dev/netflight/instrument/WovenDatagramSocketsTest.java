package dev.netflight.instrument;

import static dev.netflight.instrument.WovenJvm.loopback;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.netflight.instrument.RecordingHook.Call;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real datagram sockets and lookups of names, woven, and what of them reaches the hook. */
@Timeout(60)
class WovenDatagramSocketsTest {
    @RegisterExtension
    private final WovenJvm jvm = new WovenJvm();

    @Test
    void each_datagram_is_one_send_and_one_receive_and_a_close_is_no_operation() throws Exception {
        for (Thread.Builder threads : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            List<Call> calls = jvm.callsOn(threads, () -> {
                try (DatagramChannel one = DatagramChannel.open().bind(loopback());
                        DatagramChannel other = DatagramChannel.open()) {
                    other.send(ByteBuffer.allocate(5), one.getLocalAddress());
                    one.receive(ByteBuffer.allocate(10));
                    other.send(ByteBuffer.allocateDirect(0), one.getLocalAddress());
                    one.receive(ByteBuffer.allocateDirect(10));
                }
            });
            assertThat(calls).hasToString("[send 5, receive 5, send 0, receive 0]");
        }
    }

    @Test
    void connected_datagram_channels_are_seen_with_their_gathering_writes_and_scattering_reads() throws Exception {
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
            try (DatagramChannel one = DatagramChannel.open().bind(loopback());
                    DatagramChannel other = DatagramChannel.open().connect(one.getLocalAddress())) {
                one.connect(other.getLocalAddress());
                other.write(ByteBuffer.allocate(5));
                one.read(ByteBuffer.allocate(10));
                other.write(new ByteBuffer[] {ByteBuffer.allocate(3), ByteBuffer.allocate(4)});
                one.read(new ByteBuffer[] {ByteBuffer.allocate(3), ByteBuffer.allocate(9)});
            }
        });
        assertThat(calls).hasToString("[connect 1, connect 1, send 5, receive 5, send 7, receive 7]");
    }

    @Test
    void a_datagram_socket_is_seen_as_the_channel_below_it() throws Exception {
        List<Call> calls = jvm.callsOn(Thread.ofPlatform(), () -> {
            try (DatagramSocket one = new DatagramSocket(loopback()); DatagramSocket other = new DatagramSocket(loopback())) {
                other.send(new DatagramPacket(new byte[5], 5, one.getLocalSocketAddress()));
                one.receive(new DatagramPacket(new byte[3], 3)); // cut off
                other.connect(one.getLocalSocketAddress());
                other.send(new DatagramPacket(new byte[7], 7));
                one.setSoTimeout(1000);
                one.receive(new DatagramPacket(new byte[10], 10));
            }
        });
        assertThat(calls).hasToString("[send 5, receive 3, connect 1, send 7, receive 7]");
    }

    @Test
    void a_datagram_sockets_bind_connect_and_disconnect_are_told() throws Exception {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(loopback());
            assertThat(jvm.hook.addressed()).hasSize(1);
            channel.connect(channel.getLocalAddress());
            assertThat(jvm.hook.addressed()).hasSize(2);
            channel.disconnect();
            assertThat(jvm.hook.addressed()).hasSizeGreaterThan(2);
            assertThat(jvm.hook.addressed()).containsOnly(jvm.hook.addressed().getFirst());
        }
    }

    @Test
    void a_lookup_is_seen_on_both_kinds_of_threads() throws Exception {
        jvm.callsOn(Thread.ofPlatform(), () -> lookUpInVain("platform.invalid"));
        jvm.callsOn(Thread.ofVirtual(), () -> lookUpInVain("virtual.invalid"));
        assertThat(jvm.hook.lookups()).contains("platform.invalid fails", "virtual.invalid fails");
    }

    private static void lookUpInVain(String host) {
        assertThat(catchThrowable(() -> InetAddress.getByName(host))).isInstanceOf(UnknownHostException.class);
    }
}
