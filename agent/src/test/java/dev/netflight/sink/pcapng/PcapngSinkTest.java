package dev.netflight.sink.pcapng;

import static dev.netflight.sink.pcapng.SinkFixture.ETH0;
import static dev.netflight.sink.pcapng.SinkFixture.LO;
import static dev.netflight.sink.pcapng.SinkFixture.NONE;
import static dev.netflight.sink.pcapng.SinkFixture.PLATFORM;
import static dev.netflight.sink.pcapng.SinkFixture.STACK;
import static dev.netflight.sink.pcapng.SinkFixture.TUN0;
import static dev.netflight.sink.pcapng.SinkFixture.create;
import static dev.netflight.sink.pcapng.SinkFixture.operation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.netflight.model.Attribution;
import dev.netflight.model.Counters;
import dev.netflight.model.Direction;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Packet;
import dev.netflight.sink.CaptureAnchor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks and options as independent readers see them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PcapngSinkTest {
    @TempDir
    Path folder;

    private final SinkFixture fixture = new SinkFixture();
    private final Packet packet = fixture.packet;

    @Test
    void every_reader_takes_a_file_of_all_that_can_be_written() throws Exception {
        Path file = folder.resolve("all.pcapng");
        int packets = 0;
        try (var sink = fixture.open(file, 0, "tcp port 80")) {
            for (NetworkInterface device : List.of(LO, ETH0, TUN0)) {
                for (int payload : new int[] {0, 1, 2, 3, 1_448, 65_483}) {
                    for (Direction direction : Direction.values()) {
                        fixture.next(device, direction, Frames.tcp("127.0.0.1", "127.0.0.1", packets * 100, payload), 0);
                        packet.attribution = Attribution.EXACT;
                        packet.addOperation(operation(packets, PLATFORM, STACK), payload);
                        sink.packet();
                        fixture.next(device, direction, Frames.tcp("2001:db8::1", "2001:db8::2", packets * 100, payload), 0);
                        sink.packet();
                        packets += 2;
                    }
                }
            }
        }

        Tools.structure(file);
        assertThat(Tools.run("capinfos", "-Mc", file)).containsPattern("Number of packets:\\s+" + packets);
        assertThat(Tools.run("tcpdump", "-nr", file).lines()).hasSize(packets);
        assertThat(Tools.fields(file, "tcp", "frame.interface_name")).hasSize(packets).contains("lo", "eth0", "tun0");
        assertThat(Tools.fields(file, "_ws.malformed", "frame.number")).isEmpty();
    }

    @Test
    void direction_process_thread_number_and_loss_stand_in_the_options() throws Exception {
        Path file = folder.resolve("options.pcapng");
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            packet.attribution = Attribution.EXACT;
            packet.addOperation(operation(1, PLATFORM, STACK), 10);
            packet.lostBefore = 3;
            sink.packet();
            fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            sink.packet();
        }

        Blocks.Block first = Blocks.packets(file).getFirst();
        assertThat(first.option(8).value()).hasSize(8);
        assertThat(first.option(8).u32(0)).isEqualTo(4242);
        assertThat(first.option(8).u32(4)).isEqualTo(4260);
        assertThat(first.options().stream().map(Blocks.Option::code).filter(code -> code != 1)).containsExactly(2, 8, 5, 4);
        assertThat(Blocks.packets(file).get(1).has(Pcapng.EPB_DROPCOUNT)).isFalse();
        assertThat(Tools.fields(file, "frame", "frame.packet_flags_direction", "frame.packet_id", "frame.drop_count"))
                .containsExactly("0x00000001\t1\t3", "0x00000002\t2\t");
    }

    @Test
    void times_are_wall_clock_to_the_nanosecond_and_never_go_back_on_an_interface() throws Exception {
        Path file = folder.resolve("times.pcapng");
        try (var sink = fixture.open(file, 128, null)) {
            long[] monoNanos = {6_000_000_001L, 5_999_999_999L, 6_000_000_002L};
            for (long time : monoNanos) {
                fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
                packet.monoNanos = time;
                sink.packet();
            }
            fixture.next(ETH0, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            packet.monoNanos = 5_999_999_999L;
            sink.packet();
        }
        assertThat(Tools.fields(file, "frame", "frame.time_epoch")).containsExactly(
                "1700000001.123456790", "1700000001.123456790", "1700000001.123456791", "1700000001.123456788");
    }

    @Test
    void the_anchor_agrees_with_both_clocks() {
        CaptureAnchor anchor = CaptureAnchor.now();
        long expected = System.currentTimeMillis() * 1_000_000;
        assertThat(anchor.wallNanos(System.nanoTime())).isCloseTo(expected, within(50_000_000L));
    }

    @Test
    void the_header_and_the_interfaces_say_what_was_captured() throws Exception {
        Path file = folder.resolve("header.pcapng");
        create(file, 0, "tcp port 80").close(NONE);

        List<Blocks.Block> blocks = Blocks.read(file);
        assertThat(blocks.get(0).option(Pcapng.SHB_USERAPPL).text()).isEqualTo("Netflight 1.2.3");
        assertThat(blocks.get(0).option(Pcapng.SHB_OS).text()).startsWith("Linux ");
        Blocks.Block lo = blocks.get(1);
        assertThat(lo.u32(0)).isEqualTo(1);
        assertThat(lo.u32(4)).isEqualTo(262_144);
        assertThat(lo.option(Pcapng.IF_NAME).text()).isEqualTo("lo");
        assertThat(lo.option(Pcapng.IF_DESCRIPTION).text()).isEqualTo("loopback, ifindex 1");
        assertThat(lo.option(Pcapng.IF_TSRESOL).value()).containsExactly(9);
        assertThat(lo.option(Pcapng.IF_FILTER).text()).isEqualTo("\0tcp port 80");
        assertThat(lo.comments()).containsExactly("ifIndex: 1, netNsInode: 4026531992");
        assertThat(Tools.structure(file)).contains("Netflight 1.2.3", "tcp port 80");
    }

    @Test
    void the_statistics_of_all_interfaces_add_up_to_the_captures_counters() throws Exception {
        Path file = folder.resolve("statistics.pcapng");
        var sink = create(file, 128, null);
        for (int i = 0; i < 10; i++) {
            fixture.next(i % 3 == 0 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            packet.lostBefore = i == 3 ? 5 : 0;
            sink.packet(packet);
        }
        // Two more were lost after the last packet.
        sink.close(new Counters(17, 10, 7, 0, 4, 0, 0, 20, 0, 0, 0, 0));

        List<Blocks.Block> statistics = Blocks.ofType(file, Pcapng.INTERFACE_STATISTICS_BLOCK);
        assertThat(statistics).hasSize(2);
        assertThat(sum(statistics, Pcapng.ISB_IFRECV)).isEqualTo(17);
        assertThat(sum(statistics, Pcapng.ISB_OSDROP)).isEqualTo(7);
        assertThat(sum(statistics, Pcapng.ISB_USRDELIV)).isEqualTo(10);
        Blocks.Block eth0 = statistics.get(1);
        assertThat(eth0.option(Pcapng.ISB_USRDELIV).u64()).isEqualTo(4);
        assertThat(eth0.comments().getFirst())
                .startsWith("Netflight, whole capture: matched 17, emitted 10, lost 7, dropped 0, unattributed 4\n");
        // The last packet came on eth0, so it has both losses and no isb_ifdrop; lo has none to tell of.
        assertThat(eth0.option(Pcapng.ISB_OSDROP).u64()).isEqualTo(7);
        assertThat(eth0.has(Pcapng.ISB_IFDROP)).isFalse();
        assertThat(statistics.get(0).option(Pcapng.ISB_IFDROP).u64()).isZero();
        assertThat(Tools.structure(file)).contains("matched 17, emitted 10, lost 7");
    }

    @Test
    void no_packet_is_longer_than_its_interface_says() throws Exception {
        Path file = folder.resolve("snaplen.pcapng");
        try (var sink = fixture.open(file, 100, null)) {
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 500), 0);
            sink.packet();
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 500), 0);
            sink.packet();
        }
        assertThat(Tools.fields(file, "frame", "frame.cap_len", "frame.len")).containsExactly("100\t554", "100\t554");
        Tools.run("tcpdump", "-nr", file);
    }

    private static long sum(List<Blocks.Block> blocks, int option) {
        return blocks.stream().mapToLong(block -> block.option(option).u64()).sum();
    }
}
