package dev.netflight.sink.pcapng;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.NetworkInterface;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PcapngSinkTest {
    private static final ProcessInfo PROCESS = new ProcessInfo(
            4242, "/usr/lib/jvm/jdk-25/bin/java", "java -jar shop.jar", 1000, 17, "/bin/sh", "sh run.sh",
            "8e1f", "shop-0", "default", "c0ffee");
    private static final NetworkInterface LO = new NetworkInterface(0xf0000098, 1, "lo", "loopback, ifindex 1");
    private static final NetworkInterface ETH0 = new NetworkInterface(0xf0000098, 2, "eth0", "Ethernet, ifindex 2");
    private static final NetworkInterface TUN0 = new NetworkInterface(0xf0000098, 3, "tun0", "made-up Ethernet header");
    private static final CaptureAnchor ANCHOR = new CaptureAnchor(1_700_000_000_123_456_789L, 5_000_000_000L);
    private static final Counters NONE = counters(0, 0);

    private static final JavaThread PLATFORM =
            new JavaThread("http-worker-3", 41, false, null, 4260, "http-worker-3");
    private static final JavaThread VIRTUAL =
            new JavaThread("", 77, true, "ForkJoinPool-1-worker-2", 4301, "ForkJoinPool-1-");
    private static final JavaStack STACK = new JavaStack(
            List.of("java.base/java.net.Socket$SocketOutputStream.write(Socket.java:1187)",
                    "com.acme.OrderClient.post(OrderClient.java:88)", "com.acme.Checkout.run(Checkout.java:31)"),
            1, false);

    @TempDir
    Path folder;

    private final Packet packet = new Packet();

    @Test
    void every_reader_takes_a_file_of_all_that_can_be_written() throws Exception {
        Path file = folder.resolve("all.pcapng");
        int packets = 0;
        try (var sink = new Closing(create(file, 0, "tcp port 80"))) {
            for (NetworkInterface device : List.of(LO, ETH0, TUN0)) {
                for (int payload : new int[] {0, 1, 2, 3, 1_448, 65_483}) {
                    for (Direction direction : Direction.values()) {
                        next(device, direction, Frames.tcp("127.0.0.1", "127.0.0.1", packets * 100, payload), 0);
                        packet.attribution = Attribution.EXACT;
                        packet.addOperation(operation(packets, PLATFORM, STACK), payload);
                        sink.packet();
                        next(device, direction, Frames.tcp("2001:db8::1", "2001:db8::2", packets * 100, payload), 0);
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
    void a_packets_comments_are_the_documented_ones_in_the_documented_order() throws Exception {
        Path file = folder.resolve("comments.pcapng");
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 2000), 128);
            packet.attribution = Attribution.EXACT;
            packet.tcpSeq = -1400;
            packet.payloadLength = 1480;
            packet.addOperation(operation(918273, PLATFORM, STACK), 1380);
            packet.addOperation(new Operation(918274, OperationKind.SENDFILE, VIRTUAL, null, 9, 120,
                    List.of(new Origin("checkout-7", 55, STACK, -20, 30), new Origin("checkout-8", 56, null, 30, 80),
                            new Origin("of the next packet", 57, STACK, 80, 100))), 0);
            sink.packet();
        }

        assertThat(Blocks.packets(file).getFirst().comments()).containsExactly(
                """
                PID: 4242
                Cmd: /usr/lib/jvm/jdk-25/bin/java
                Args: java -jar shop.jar""",
                """
                ThreadId: 4260
                ThreadName: http-worker-3""",
                "UserId: 1000",
                """
                ParentPID: 17
                ParentCmd: /bin/sh
                ParentArgs: sh run.sh""",
                "ContainerId: 8e1f",
                """
                PodName: shop-0
                PodNamespace: default
                PodUID: c0ffee""",
                """
                JavaThread: http-worker-3
                JavaThreadId: 41
                JavaThreadKind: platform
                Operation: write 918273
                OperationBytes: 1380
                Attribution: exact
                JavaStack:
                \tjava.base/java.net.Socket$SocketOutputStream.write(Socket.java:1187)
                \tcom.acme.OrderClient.post(OrderClient.java:88)
                \tcom.acme.Checkout.run(Checkout.java:31)""",
                """
                JavaThread:
                JavaThreadId: 77
                JavaThreadKind: virtual
                Carrier: ForkJoinPool-1-worker-2
                Operation: sendfile 918274
                Attribution: exact
                OriginThread: checkout-7
                OriginThreadId: 55
                OriginStack:
                \tjava.base/java.net.Socket$SocketOutputStream.write(Socket.java:1187)
                \tcom.acme.OrderClient.post(OrderClient.java:88)
                \tcom.acme.Checkout.run(Checkout.java:31)
                OriginThread: checkout-8
                OriginThreadId: 56""");
        assertThat(Tools.fields(file, "frame.comment contains \"JavaThread: http-worker-3\"", "frame.packet_id"))
                .containsExactly("1");
        assertThat(Tools.fields(file, "frame.comment contains \"OrderClient.post(OrderClient.java:88)\"", "frame.number"))
                .hasSize(1);
        assertThat(Tools.fields(file, "frame.comment contains \"JavaThread: another\"", "frame.number")).isEmpty();
    }

    @Test
    void a_packet_of_a_known_connection_names_its_last_owner_without_a_stack() throws Exception {
        Path file = folder.resolve("connection.pcapng");
        var connection = new Connection(9);
        try (var sink = new Closing(create(file, 128, null))) {
            for (JavaThread owner : new JavaThread[] {null, VIRTUAL}) {
                connection.lastOwner = owner;
                next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
                packet.connection = connection;
                packet.attribution = Attribution.CONNECTION;
                sink.packet();
            }
        }

        List<Blocks.Block> packets = Blocks.packets(file);
        assertThat(packets.get(0).comments()).last().isEqualTo("Attribution: connection");
        assertThat(packets.get(1).comments()).last().isEqualTo(
                """
                JavaThread:
                JavaThreadId: 77
                JavaThreadKind: virtual
                Carrier: ForkJoinPool-1-worker-2
                Attribution: connection""");
        assertThat(packets).noneMatch(p -> p.has(Pcapng.EPB_PROCESSID_THREADID));
        assertThat(packets).noneMatch(p -> p.comments().toString().contains("ThreadId: 4301"));
    }

    @Test
    void a_packet_of_which_some_bytes_are_known_names_their_operations_and_then_the_last_owner() throws Exception {
        Path file = folder.resolve("partly.pcapng");
        var connection = new Connection(9);
        connection.lastOwner = VIRTUAL;
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 100), 128);
            packet.connection = connection;
            packet.attribution = Attribution.CONNECTION;
            packet.addOperation(operation(5, PLATFORM, STACK), 60);
            sink.packet();
        }
        Blocks.Block only = Blocks.packets(file).getFirst();
        List<String> comments = only.comments();
        assertThat(comments.get(comments.size() - 2))
                .contains("JavaThread: http-worker-3\n", "OperationBytes: 60\nAttribution: exact\nJavaStack:\n");
        assertThat(comments.getLast()).contains("JavaThreadId: 77\n").endsWith("\nAttribution: connection");
        assertThat(only.option(8).u32(4)).isEqualTo(4260);
    }

    @Test
    void what_is_unknown_of_the_process_has_no_line() throws Exception {
        Path file = folder.resolve("unknown.pcapng");
        var unknown = new ProcessInfo(7, null, null, -1, -1, null, null, null, null, null, null);
        var settings = new PcapngSettings("Netflight 1", unknown, 128, null, List.of(LO));
        try (var sink = new Closing(PcapngSink.create(file, settings, ANCHOR))) {
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            sink.packet();
        }
        assertThat(Blocks.packets(file).getFirst().comments()).containsExactly("PID: 7");
    }

    @Test
    void direction_process_thread_number_and_loss_stand_in_the_options() throws Exception {
        Path file = folder.resolve("options.pcapng");
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            packet.attribution = Attribution.EXACT;
            packet.addOperation(operation(1, PLATFORM, STACK), 10);
            packet.lostBefore = 3;
            sink.packet();
            next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
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
        try (var sink = new Closing(create(file, 128, null))) {
            long[] monoNanos = {6_000_000_001L, 5_999_999_999L, 6_000_000_002L};
            for (long time : monoNanos) {
                next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
                packet.monoNanos = time;
                sink.packet();
            }
            next(ETH0, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
    void a_file_without_a_packet_is_read_without_a_complaint() throws Exception {
        Path file = folder.resolve("empty.pcapng");
        var settings = new PcapngSettings("Netflight 1", PROCESS, 128, null, List.of());
        PcapngSink.create(file, settings, ANCHOR).close(NONE);

        assertThat(Tools.run("tcpdump", "-nr", file)).isEmpty();
        assertThat(Tools.run("capinfos", "-Mc", file)).containsPattern("Number of packets:\\s+0");
        Tools.structure(file);
    }

    @Test
    void the_statistics_of_all_interfaces_add_up_to_the_captures_counters() throws Exception {
        Path file = folder.resolve("statistics.pcapng");
        var sink = create(file, 128, null);
        for (int i = 0; i < 10; i++) {
            next(i % 3 == 0 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
    void after_each_flush_the_file_is_complete_blocks_with_all_packets_so_far() throws Exception {
        Path file = folder.resolve("growing.pcapng");
        var sink = create(file, 128, null);
        assertThat(Tools.run("tcpdump", "-nr", file)).isEmpty();
        for (int i = 1; i <= 20; i++) {
            next(i > 10 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", i, i * 100), 128);
            sink.packet(packet);
            assertThat(Blocks.packets(file)).hasSize(i - 1);
            sink.flush();
            assertThat(Blocks.packets(file)).hasSize(i);
            assertThat(sink.bytesWritten()).isEqualTo(Files.size(file));
            assertThat(Tools.run("tcpdump", "-nr", file).lines()).hasSize(i);
        }
        Tools.structure(file);
        sink.close(NONE);
        sink.close(NONE);
    }

    @Test
    void a_file_cut_after_any_block_is_read_without_a_complaint() throws Exception {
        Path file = folder.resolve("cut.pcapng");
        try (var sink = new Closing(create(file, 128, null))) {
            for (int i = 0; i < 6; i++) {
                next(i > 2 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", i, i * 100), 128);
                sink.packet();
            }
        }
        byte[] whole = Files.readAllBytes(file);
        for (Blocks.Block block : Blocks.parse(whole).subList(1, 9)) {
            Path cut = Files.write(folder.resolve("cut-" + block.end() + ".pcapng"),
                    java.util.Arrays.copyOf(whole, block.end()));
            Tools.run("tcpdump", "-nr", cut);
            Tools.run("capinfos", cut);
        }
    }

    @Test
    void more_than_the_buffer_holds_is_written_in_complete_blocks() throws Exception {
        Path file = folder.resolve("large.pcapng");
        byte[] frame = Frames.tcp("2001:db8::1", "2001:db8::2", 1, 65_000);
        try (var sink = new Closing(create(file, 0, null))) {
            for (int i = 0; i < 100; i++) {
                next(LO, Direction.OUTBOUND, frame, 0);
                sink.packet();
                Blocks.read(file);
            }
        }
        assertThat(Blocks.packets(file)).hasSize(100).allMatch(p -> java.util.Arrays.equals(p.data(), frame));
    }

    @Test
    void no_packet_is_longer_than_its_interface_says() throws Exception {
        Path file = folder.resolve("snaplen.pcapng");
        try (var sink = new Closing(create(file, 100, null))) {
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 500), 0);
            sink.packet();
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 500), 0);
            sink.packet();
        }
        assertThat(Tools.fields(file, "frame", "frame.cap_len", "frame.len")).containsExactly("100\t554", "100\t554");
        Tools.run("tcpdump", "-nr", file);
    }

    @Test
    void text_of_the_application_cannot_begin_a_line_of_its_own() throws Exception {
        Path file = folder.resolve("forged.pcapng");
        var forger = new JavaThread("x\nJavaStack:\n\tcom.evil()\r\0\u001b[0m", 5, false, null, 6, "native\nPID: 1");
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            packet.attribution = Attribution.EXACT;
            packet.addOperation(operation(1, forger, null), 0);
            sink.packet();
        }
        List<String> comments = Blocks.packets(file).getFirst().comments();
        assertThat(comments.get(1)).isEqualTo("ThreadId: 6\nThreadName: native\\nPID: 1");
        assertThat(comments).last().asString()
                .startsWith("JavaThread: x\\nJavaStack:\\n\\tcom.evil()\\r\\x00\\x1b[0m\nJavaThreadId: 5\n");
    }

    @Test
    void comments_too_long_for_an_option_end_in_dots_at_a_whole_frame() throws Exception {
        Path file = folder.resolve("long.pcapng");
        String frame = "com.acme.Größe" + "x".repeat(1_000) + ".run(Größe.java:1)";
        var deep = new JavaStack(Collections.nCopies(500, frame), 0, false);
        var cut = new JavaStack(List.of(frame), 0, true);
        var origins = Collections.nCopies(5, new Origin("o", 1, deep, 0, 1));
        var named = new JavaThread("ü".repeat(5_000), 41, false, null, 4260, "n".repeat(70_000));
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            packet.attribution = Attribution.EXACT;
            packet.tcpSeq = 0;
            packet.payloadLength = 2;
            packet.addOperation(new Operation(1, OperationKind.WRITE, named, deep, 9, 1, origins), 1);
            packet.addOperation(new Operation(2, OperationKind.WRITE, named, cut, 9, 1, origins), 1);
            sink.packet();
        }

        List<String> comments = Blocks.packets(file).getFirst().comments();
        String deepComment = comments.get(comments.size() - 2);
        assertThat(deepComment.lines().findFirst()).hasValueSatisfying(line -> assertThat(line).endsWith("ü..."));
        assertThat(deepComment.lines().filter(("\t" + frame)::equals).count()).isBetween(30L, 499L);
        assertThat(deepComment).contains("\n\t...\n...");
        assertThat(comments.getLast()).contains("JavaStack:\n\t" + frame + "\n\t...\nOriginThread: o\n");
        assertThat(comments.get(1)).endsWith("n...");
        Tools.structure(file);
        Tools.run("tcpdump", "-nr", file);
    }

    @Test
    void a_packet_of_very_many_operations_keeps_within_what_readers_accept() throws Exception {
        Path file = folder.resolve("operations.pcapng");
        try (var sink = new Closing(create(file, 0, null))) {
            for (int count : new int[] {65_000, 3, 2_000}) {
                next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 65_000), 0);
                packet.attribution = Attribution.EXACT;
                for (int i = 1; i <= count; i++) {
                    packet.addOperation(operation(i, i % 2 == 0 ? PLATFORM : VIRTUAL, STACK), 1);
                }
                sink.packet();
            }
        }

        List<Blocks.Block> packets = Blocks.packets(file);
        int shown = packets.get(0).comments().size() - 7;
        assertThat(shown).isBetween(5_000, 64_000);
        assertThat(packets.get(0).comments()).last().isEqualTo("MoreOperations: " + (65_000 - shown));
        assertThat(packets.get(2).comments()).hasSize(2_006);
        assertThat(packets.get(2).comments()).last().asString().contains("Operation: write 2000\n");
        assertThat(Tools.run("tcpdump", "-nr", file).lines()).hasSize(3);
        assertThat(Tools.fields(file, "frame.comment contains \"Operation: write 2000\"", "frame.number"))
                .containsExactly("1", "3");
    }

    @Test
    void a_thread_that_was_known_by_its_kernel_id_alone_is_another_once_it_makes_operations() throws IOException {
        JavaThread before = new JavaThread("mover", 0, false, null, 12, "mover");
        JavaThread after = new JavaThread("mover", 31, false, null, 12, "mover");
        Path file = folder.resolve("native.pcapng");
        try (var sink = new Closing(create(file, 128, null))) {
            next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            packet.attribution = Attribution.CONNECTION;
            packet.nativeThread = before;
            sink.packet();
            next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            packet.attribution = Attribution.EXACT;
            packet.addOperation(operation(1, after, null), 10);
            sink.packet();
        }
        List<Blocks.Block> packets = Blocks.packets(file);
        assertThat(packets.get(0).comments()).contains("ThreadId: 12\nThreadName: mover\nAttribution: connection");
        assertThat(packets.get(1).comments().getLast()).startsWith("JavaThread: mover\nJavaThreadId: 31\n");
    }

    @Test
    void threads_and_stacks_are_told_apart_however_many_there_are() throws Exception {
        Path file = folder.resolve("caches.pcapng");
        List<JavaThread> threads = IntStream.range(0, 5_000)
                .mapToObj(i -> new JavaThread("t" + i, i + 1, false, null, i + 1, "n" + i)).toList();
        List<JavaStack> stacks = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            stacks.add(new JavaStack(Collections.nCopies(40, "com.acme.C" + i + ".m(C.java:" + i + ")"), 0, false));
        }
        try (var sink = new Closing(create(file, 128, null))) {
            for (int i = 0; i < 20_000; i++) {
                next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
                packet.attribution = Attribution.EXACT;
                packet.addOperation(operation(i + 1, threads.get(i * 7 % 5_000), stacks.get(i * 3 % 10_000)), 10);
                sink.packet();
            }
        }
        List<Blocks.Block> packets = Blocks.packets(file);
        assertThat(packets).hasSize(20_000);
        for (int i = 0; i < packets.size(); i++) {
            int thread = i * 7 % 5_000;
            int stack = i * 3 % 10_000;
            assertThat(packets.get(i).comments().get(1)).isEqualTo("ThreadId: " + (thread + 1) + "\nThreadName: n" + thread);
            assertThat(packets.get(i).comments().getLast())
                    .startsWith("JavaThread: t" + thread + "\nJavaThreadId: " + (thread + 1) + "\n")
                    .contains("Operation: write " + (i + 1) + "\n")
                    .contains("JavaStack:\n\tcom.acme.C" + stack + ".m(C.java:" + stack + ")\n");
        }
    }

    @Test
    void a_packet_that_cannot_be_encoded_leaves_no_trace() throws Exception {
        Path file = folder.resolve("unfinished.pcapng");
        PcapngSink sink = create(file, 128, null);
        next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
        sink.packet(packet);
        packet.capturedLength = 100;
        assertThatThrownBy(() -> sink.packet(packet)).isInstanceOf(IndexOutOfBoundsException.class);
        next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
        sink.packet(packet);
        packet.capturedLength = 100;
        assertThatThrownBy(() -> sink.packet(packet)).isInstanceOf(IndexOutOfBoundsException.class);
        sink.close(null);
        assertThat(Blocks.packets(file)).hasSize(2);
    }

    @Test
    void numbers_of_any_length_are_written_in_decimal() throws Exception {
        Path file = folder.resolve("numbers.pcapng");
        long[] numbers = {1, 9, 10, 99, 100, 101, 999, 1_000, 12_345, 1L << 40, (4096L << 40) + 7, Long.MAX_VALUE};
        try (var sink = new Closing(create(file, 128, null))) {
            for (long number : numbers) {
                next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
                packet.attribution = Attribution.EXACT;
                packet.addOperation(operation(number, PLATFORM, null), 0);
                sink.packet();
            }
        }
        List<Blocks.Block> packets = Blocks.packets(file);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(packets.get(i).comments().getLast().lines()).contains("Operation: write " + numbers[i]);
        }
    }

    @Test
    void only_the_owner_may_read_a_capture_also_where_the_file_was_there_before() throws Exception {
        Path file = Files.writeString(folder.resolve("there.pcapng"), "x".repeat(100_000));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        create(file, 128, null).close(NONE);
        Path fresh = folder.resolve("fresh.pcapng");
        create(fresh, 128, null).close(NONE);
        for (Path each : List.of(file, fresh)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).isEqualTo("rw-------");
            Blocks.read(each);
        }
    }

    @Test
    void a_file_that_cannot_be_written_is_named_with_the_reason() {
        assertThatThrownBy(() -> create(folder.resolve("missing/x.pcapng"), 128, null))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + folder.resolve("missing/x.pcapng") + ": its folder does not exist");
        assertThatThrownBy(() -> create(folder, 128, null))
                .hasMessageStartingWith("cannot write " + folder + ": ");
        assertThatThrownBy(() -> create(Path.of("/dev/full"), 128, null))
                .hasMessage("cannot write /dev/full: No space left on device");
    }

    private Packet next(NetworkInterface device, Direction direction, byte[] frame, int snaplen) {
        packet.clearOperations();
        packet.number++;
        packet.monoNanos = ANCHOR.monoNanos() + packet.number * 1_000;
        packet.networkInterface = device;
        packet.direction = direction;
        packet.lostBefore = 0;
        packet.connection = null;
        packet.attribution = Attribution.NONE;
        return Frames.put(packet, frame, snaplen);
    }

    private static Operation operation(long id, JavaThread thread, JavaStack stack) {
        return new Operation(id, OperationKind.WRITE, thread, stack, 9, 1380, List.of());
    }

    private static PcapngSink create(Path file, int snaplen, String filter) throws IOException {
        return PcapngSink.create(
                file, new PcapngSettings("Netflight 1.2.3", PROCESS, snaplen, filter, List.of(LO)), ANCHOR);
    }

    private static Counters counters(long emitted, long lost) {
        return new Counters(emitted + lost, emitted, lost, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private static long sum(List<Blocks.Block> blocks, int option) {
        return blocks.stream().mapToLong(block -> block.option(option).u64()).sum();
    }

    /** Closes a sink with the counters of a capture that lost nothing. */
    private final class Closing implements AutoCloseable {
        private final PcapngSink sink;

        Closing(PcapngSink sink) {
            this.sink = sink;
        }

        void packet() throws IOException {
            sink.packet(packet);
        }

        @Override
        public void close() throws IOException {
            sink.close(counters(packet.number, 0));
        }
    }
}
