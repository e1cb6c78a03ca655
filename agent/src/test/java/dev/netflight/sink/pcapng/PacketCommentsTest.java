package dev.netflight.sink.pcapng;

import static dev.netflight.sink.pcapng.SinkFixture.ANCHOR;
import static dev.netflight.sink.pcapng.SinkFixture.LO;
import static dev.netflight.sink.pcapng.SinkFixture.PLATFORM;
import static dev.netflight.sink.pcapng.SinkFixture.STACK;
import static dev.netflight.sink.pcapng.SinkFixture.VIRTUAL;
import static dev.netflight.sink.pcapng.SinkFixture.operation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Attribution;
import dev.netflight.model.Connection;
import dev.netflight.model.Direction;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Origin;
import dev.netflight.model.Packet;
import dev.netflight.model.ProcessInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the comments of packets say, in which words and up to which length. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PacketCommentsTest {
    @TempDir
    Path folder;

    private final SinkFixture fixture = new SinkFixture();
    private final Packet packet = fixture.packet;

    @Test
    void a_packets_comments_are_the_documented_ones_in_the_documented_order() throws Exception {
        Path file = folder.resolve("comments.pcapng");
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 2000), 128);
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
        try (var sink = fixture.open(file, 128, null)) {
            for (JavaThread owner : new JavaThread[] {null, VIRTUAL}) {
                connection.lastOwner = owner;
                fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 100), 128);
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
        try (var sink = fixture.new Closing(PcapngSink.create(file, settings, ANCHOR))) {
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
            sink.packet();
        }
        assertThat(Blocks.packets(file).getFirst().comments()).containsExactly("PID: 7");
    }

    @Test
    void text_of_the_application_cannot_begin_a_line_of_its_own() throws Exception {
        Path file = folder.resolve("forged.pcapng");
        var forger = new JavaThread("x\nJavaStack:\n\tcom.evil()\r\0\u001b[0m", 5, false, null, 6, "native\nPID: 1");
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
        try (var sink = fixture.open(file, 0, null)) {
            for (int count : new int[] {65_000, 3, 2_000}) {
                fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 65_000), 0);
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
        try (var sink = fixture.open(file, 128, null)) {
            fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
            packet.attribution = Attribution.CONNECTION;
            packet.nativeThread = before;
            sink.packet();
            fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
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
        try (var sink = fixture.open(file, 128, null)) {
            for (int i = 0; i < 20_000; i++) {
                fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 10), 128);
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
    void numbers_of_any_length_are_written_in_decimal() throws Exception {
        Path file = folder.resolve("numbers.pcapng");
        long[] numbers = {1, 9, 10, 99, 100, 101, 999, 1_000, 12_345, 1L << 40, (4096L << 40) + 7, Long.MAX_VALUE};
        try (var sink = fixture.open(file, 128, null)) {
            for (long number : numbers) {
                fixture.next(LO, Direction.OUTBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
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
}
