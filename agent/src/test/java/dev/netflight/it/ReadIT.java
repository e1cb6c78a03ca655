package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.netflight.it.app.HttpAnswerer;
import dev.netflight.it.app.HttpSubmit;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code read} beside tcpdump, on files of many kinds. */
final class ReadIT {
    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;
    private static final int WHOLE = 262_144;

    private static final String PROCESS = "PID: 4242\nCmd: /usr/bin/java\nArgs: java -jar shop.jar";
    private static final String WRITE = """
            JavaThread: http-worker-3
            JavaThreadId: 41
            JavaThreadKind: virtual
            Carrier: ForkJoinPool-1-worker-2
            Operation: write 918273
            OperationBytes: 1380
            Attribution: exact
            JavaStack:
            \tjava.base/sun.nio.ch.SocketDispatcher.write(SocketDispatcher.java:65)
            \tcom.acme.OrderClient.post(OrderClient.java:88)
            \tcom.acme.Checkout.run(Checkout.java:31)""";

    @TempDir
    private Path folder;
    private Path corpus;

    @BeforeEach
    void write() throws IOException {
        corpus = folder.resolve("corpus.pcap");
        PacketCorpus.write(corpus, PacketCorpus.frames(), ByteOrder.LITTLE_ENDIAN, MICROSECONDS, WHOLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-v", "-vv", "-vvv -e", "-q", "-e", "-S", "-t", "-tt", "-ttt", "-tttt", "-ttttt", "-#", "-x", "-xx",
        "-X", "-XX", "-A", "-q -t -c 7", "-t -# -X -vv -S"})
    void the_lines_of_290_packets_are_tcpdumps_lines(String flags) {
        Needs.tool("tcpdump");
        List<Object> tcpdump = new ArrayList<>(List.of("tcpdump", "-n", "-r", corpus));
        List<Object> read = new ArrayList<>(List.of("read", "-n", corpus));
        if (!flags.isEmpty()) {
            tcpdump.addAll(List.of(flags.split(" ")));
            read.addAll(List.of(flags.split(" ")));
        }
        // the data of a reset, which only tcpdump shows
        String expected = Run.well(tcpdump.toArray()).replaceAll("(?m) \\[RST\\+? .*]$", "");
        assertThat(expected.lines().count()).isGreaterThanOrEqualTo(flags.contains("-c") ? 7 : 290);
        assertThat(Netflight.well(read.toArray())).isEqualTo(expected);
    }

    @Test
    void what_is_read_is_not_written_over_and_what_cannot_be_opened_is_named_with_the_reason() throws IOException {
        byte[] before = Files.readAllBytes(corpus);
        assertThat(Netflight.misunderstanding("read", corpus, "-w", folder.resolve("./corpus.pcap")))
                .contains("is the file that is read");
        assertThat(corpus).hasBinaryContent(before);
        assertThat(Netflight.failure("read", corpus, "-w", "/nosuch/x.pcapng"))
                .isEqualTo("cannot write /nosuch/x.pcapng: its folder does not exist");
        assertThat(Netflight.failure("read", corpus, "-F", "/nosuch/filter"))
                .isEqualTo("-F /nosuch/filter: there is no such file.");
    }

    /** By tcpdump, which misses none: behind a gap no frame's beginning is known. */
    @Test
    void frames_of_http2_have_the_names_that_wireshark_gives_them() throws Exception {
        Needs.root();
        Needs.tool("tcpdump");
        Needs.tool("tshark");
        Path file = folder.resolve("http2.pcap");
        try (App server = App.of(folder, HttpAnswerer.class).with("netty-").start()) {
            String port = server.await("port ");
            try (Tcpdump tcpdump = Tcpdump.on("lo", file, "tcp port " + port);
                    App client = App.of(folder, HttpSubmit.class, port, "HTTP_2", "sendAsync", 20, "http").start()) {
                client.await("done");
                tcpdump.end();
                assertThat(tcpdump.isComplete()).isTrue();
            }
        }
        String lines = Netflight.well("read", "-n", file);
        List<String> types = List.of("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
                "WINDOW_UPDATE", "CONTINUATION");
        int[] expected = new int[types.size()];
        Run.lines(packet -> Arrays.stream(packet.strip().split(",")).forEach(type -> expected[Integer.parseInt(type)]++),
                "tshark", "-n", "-r", file, "-Y", "http2.type", "-T", "fields", "-e", "http2.type");
        assertThat(expected[1]).as("HEADERS by tshark").isGreaterThan(300);
        for (int type = 0; type < expected.length; type++) {
            assertThat(Pattern.compile("[:,] " + types.get(type) + "\\b").matcher(lines).results().count()).as(types.get(type))
                    .isEqualTo(expected[type]);
        }
        assertThat(lines).contains(": HTTP/2: preface, SETTINGS");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("formats")
    void every_format_gives_the_same_lines(String name, Maker maker) throws IOException {
        Needs.tool("editcap");
        Needs.tool("mergecap");
        Path file = folder.resolve("file");
        maker.make(corpus, file);
        assertThat(Netflight.well("read", "-n", "-t", file).replaceAll("(?m)^\\S+ (?=IP|ARP)", ""))
                .isEqualTo(Netflight.well("read", "-n", "-t", corpus));
    }

    private interface Maker {
        void make(Path from, Path to) throws IOException;
    }

    static Stream<Arguments> formats() {
        return Stream.of(
                format("pcap, big-endian", (_, to) ->
                        PacketCorpus.write(to, PacketCorpus.frames(), ByteOrder.BIG_ENDIAN, MICROSECONDS, WHOLE)),
                format("pcap, nanoseconds", (_, to) ->
                        PacketCorpus.write(to, PacketCorpus.frames(), ByteOrder.LITTLE_ENDIAN, NANOSECONDS, WHOLE)),
                format("pcap, nanoseconds, big-endian", (_, to) ->
                        PacketCorpus.write(to, PacketCorpus.frames(), ByteOrder.BIG_ENDIAN, NANOSECONDS, WHOLE)),
                format("modified pcap", (from, to) -> Run.well("editcap", "-F", "modpcap", from, to)),
                format("pcapng of editcap", (from, to) -> Run.well("editcap", "-F", "pcapng", from, to)),
                format("pcapng of mergecap", (from, to) -> {
                    Path first = to.resolveSibling("first");
                    Path rest = to.resolveSibling("rest");
                    Run.well("editcap", "-r", from, first, "1-100");
                    Run.well("editcap", from, rest, "1-100");
                    Run.well("mergecap", "-a", "-w", to, first, rest);
                }),
                format("pcapng of tcpdump's packets through dumpcap's blocks, two sections", (from, to) -> {
                    Path first = to.resolveSibling("first");
                    Path rest = to.resolveSibling("rest");
                    Run.well("editcap", "-F", "pcapng", "-r", from, first, "1-100");
                    Run.well("editcap", "-F", "pcapng", from, rest, "1-100");
                    Files.write(to, Files.readAllBytes(first));
                    Files.write(to, Files.readAllBytes(rest), StandardOpenOption.APPEND);
                }),
                format("pcapng, big-endian, with unknown blocks and options", (_, to) -> Files.write(to,
                        pcapng(ByteOrder.BIG_ENDIAN, PacketCorpus.frames()))),
                format("pcapng, little-endian, with unknown blocks and options", (_, to) -> Files.write(to,
                        pcapng(ByteOrder.LITTLE_ENDIAN, PacketCorpus.frames()))),
                format("gzip", (from, to) -> {
                    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
                        Files.copy(from, out);
                    }
                }),
                format("zstd", (from, to) -> {
                    Needs.tool("zstd");
                    Run.well("zstd", "-q", "-o", to, from);
                }),
                format("zstd in two frames", (from, to) -> {
                    Needs.tool("zstd");
                    byte[] whole = Files.readAllBytes(from);
                    Path first = Files.write(to.resolveSibling("first"), Arrays.copyOf(whole, 10_001));
                    Path rest = Files.write(to.resolveSibling("rest"), Arrays.copyOfRange(whole, 10_001, whole.length));
                    Run.well("zstd", "-q", first, rest);
                    Run.well("sh", "-c", "cat " + first + ".zst " + rest + ".zst > " + to);
                }),
                format("what read wrote", (from, to) -> Netflight.well("read", from, "-w", to)));
    }

    private static Arguments format(String name, Maker maker) {
        return arguments(name, maker);
    }

    /** Enhanced, simple and obsolete packet blocks by turns, a custom block and unknown options between. */
    private static byte[] pcapng(ByteOrder order, List<byte[]> frames) {
        ByteBuffer b = ByteBuffer.allocate(1 << 20).order(order);
        block(b, 0x0a0d0d0a, body -> body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
        block(b, 1, body -> body.putShort((short) 1).putShort((short) 0).putInt(0)
                .putShort((short) 9).putShort((short) 1).put((byte) 6).put(new byte[3])
                .putShort((short) 77).putShort((short) 3).put(new byte[4]).putInt(0));
        for (int i = 0; i < frames.size(); i++) {
            byte[] frame = frames.get(i);
            byte[] padded = Arrays.copyOf(frame, frame.length + 3 & ~3);
            if (i % 7 == 0) {
                block(b, 0xbad, body -> body.putInt(32_473).putInt(1));
                block(b, 0x4242, body -> body.put(new byte[40]));
            }
            switch (i % 3) {
                case 0 -> block(b, 6, body -> body.putInt(0).putLong(0).putInt(frame.length).putInt(frame.length).put(padded)
                        .putShort((short) 2989).putShort((short) 5).put(new byte[8]).putInt(0));
                case 1 -> block(b, 3, body -> body.putInt(frame.length).put(padded));
                default -> block(b, 2, body -> body.putShort((short) 0).putShort((short) 0xffff).putLong(0)
                        .putInt(frame.length).putInt(frame.length).put(padded));
            }
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    private interface Body {
        ByteBuffer put(ByteBuffer block);
    }

    private static void block(ByteBuffer b, int type, Body body) {
        int start = b.position();
        body.put(b.putInt(type).putInt(0));
        int length = b.position() - start + 4;
        b.putInt(length).putInt(start + 4, length);
    }

    private Path annotated() throws IOException {
        ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        block(b, 0x0a0d0d0a, body -> body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
        block(b, 1, body -> option(body.putShort((short) 1).putShort((short) 0).putInt(0), 2, "eth0").putInt(0));
        List<byte[]> frames = PacketCorpus.frames();
        for (int i = 0; i < 4; i++) {
            byte[] frame = frames.get(i);
            byte[] padded = Arrays.copyOf(frame, frame.length + 3 & ~3);
            int direction = i % 2 == 0 ? 2 : 1;
            String[] comments = i == 3 ? new String[] {PROCESS, WRITE, WRITE.replace("http-worker-3", "other\u001b[31m")}
                    : i == 0 ? new String[] {PROCESS, WRITE} : i == 1 ? new String[] {PROCESS} : new String[] {"seen by hand"};
            block(b, 6, body -> {
                body.putInt(0).putLong(0).putInt(frame.length).putInt(frame.length).put(padded);
                for (String comment : comments) {
                    option(body, 1, comment);
                }
                return body.putShort((short) 2).putShort((short) 4).putInt(direction).putInt(0);
            });
        }
        return Files.write(folder.resolve("annotated.pcapng"), Arrays.copyOf(b.array(), b.position()));
    }

    private static ByteBuffer option(ByteBuffer b, int code, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return b.putShort((short) code).putShort((short) bytes.length).put(Arrays.copyOf(bytes, bytes.length + 3 & ~3));
    }

    @Test
    void interface_direction_thread_and_the_first_frame_of_the_application_stand_on_the_line() throws IOException {
        List<String> lines = Netflight.well("read", "-nt", annotated()).lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("eth0 Out IP 192.0.2.10.40000 > 192.0.2.1.443: Flags [S], seq ")
                .endsWith(", length 0, [http-worker-3] com.acme.OrderClient.post(OrderClient.java:88)");
        assertThat(lines.get(1)).startsWith("eth0 In IP ").endsWith(", length 0, [java 4242]");
        assertThat(lines.get(2)).endsWith(", length 0");
        assertThat(lines.get(3)).endsWith(" (+1)").doesNotContain("\u001b");
    }

    @Test
    void stacks_stand_below_the_line_as_deep_as_is_asked() throws IOException {
        Path file = annotated();
        assertThat(Netflight.well("read", "-nt", "-c", "1", "--stack", file)).endsWith("""
                (OrderClient.java:88)
                \t\tjava.base/sun.nio.ch.SocketDispatcher.write(SocketDispatcher.java:65)
                \t\tcom.acme.OrderClient.post(OrderClient.java:88)
                \t\tcom.acme.Checkout.run(Checkout.java:31)
                """);
        assertThat(Netflight.well("read", "-nt", "-c", "1", "--stack=1", file).lines()).hasSize(2);
    }

    @Test
    void packets_are_selected_by_thread_frame_direction_and_expression() throws IOException {
        Path file = annotated();
        assertThat(Netflight.well("read", "--count", file)).isEqualTo("4 packets\n");
        assertThat(Netflight.well("read", "--count", "--thread", "worker-3", file)).isEqualTo("2 packets\n");
        assertThat(Netflight.well("read", "--count", "--frame", "Checkout.run", file)).isEqualTo("2 packets\n");
        assertThat(Netflight.well("read", "--count", "--frame", "Nothing", file)).isEqualTo("0 packets\n");
        assertThat(Netflight.well("read", "--count", "-Q", "in", file)).isEqualTo("2 packets\n");
        for (String expression : List.of("tcp port 443", "udp", "ip6 and icmp6", "arp", "tcp[13] & 2 != 0 and host 192.0.2.10",
                "vlan 7")) {
            assertThat(Netflight.well("read", "-n", corpus, expression)).as(expression)
                    .isEqualTo(Run.well("tcpdump", "-n", "-r", corpus, expression));
        }
        Path expression = Files.writeString(folder.resolve("expression"), "tcp port 443\n");
        assertThat(Netflight.well("read", "-n", corpus, "-F", expression))
                .isEqualTo(Netflight.well("read", "-n", corpus, "tcp", "port", "443"));
        assertThat(Netflight.well("read", corpus, "-d", "tcp port 443")).isEqualTo(
                Run.well("tcpdump", "-d", "-r", corpus, "tcp port 443"));
        assertThat(Netflight.misunderstanding("read", corpus, "tcp prot 443")).contains("'tcp prot 443'", "syntax error");
    }

    @Test
    void a_selection_is_written_with_its_comments_and_interfaces() throws IOException {
        Path selected = folder.resolve("selected.pcapng");
        Netflight.well("read", annotated(), "--thread", "http-worker-3", "-w", selected);
        Readers.assertReadable(selected);
        Readers.assertWellFormed(selected);
        String fields = Run.well("tshark", "-r", selected, "-T", "fields", "-E", "occurrence=l", "-e", "frame.interface_name",
                "-e", "frame.packet_flags_direction", "-e", "frame.comment");
        assertThat(fields.lines()).hasSize(2).allSatisfy(line ->
                assertThat(line).startsWith("eth0\t").contains("OrderClient.post"));
        assertThat(Netflight.well("read", "-n", selected, "-w", "-", "--thread", "other")).startsWith("\n\r\r\n");
    }

    @Test
    void summaries_tell_packets_bytes_and_retransmissions() throws IOException {
        assertThat(Netflight.well("read", annotated(), "--summary", "thread")).contains("http-worker-3", "(unknown)");
        assertThat(Netflight.well("read", annotated(), "--summary", "frame")).contains("com.acme.OrderClient.post");
        List<byte[]> frames = PacketCorpus.frames();
        // the request of the first connection, once more
        Path twice = folder.resolve("twice.pcap");
        PacketCorpus.write(twice, List.of(frames.get(0), frames.get(1), frames.get(3), frames.get(3)), ByteOrder.LITTLE_ENDIAN,
                MICROSECONDS, WHOLE);
        assertThat(Netflight.well("read", twice, "--summary", "connection")).containsPattern(
                "4 +1  tcp 192\\.0\\.2\\.1\\.443 - 192\\.0\\.2\\.10\\.40000");
    }

    @Test
    void a_file_comes_through_a_pipe_as_well() throws Exception {
        Run run = Run.of("sh", "-c", "cat " + corpus + " | " + String.join(" ", Netflight.command("read", "-n", "-")));
        assertThat(run.out()).isEqualTo(Run.well("tcpdump", "-n", "-r", corpus));
        assertThat(run.err()).isEmpty();
        Run head = Run.of("bash", "-c", String.join(" ", Netflight.command("read", "-n", corpus)) + " | head -1");
        assertThat(head.out()).hasLineCount(1);
        assertThat(head.err()).as("who reads no further is not complained of").isEmpty();
    }

    @Test
    void what_cannot_be_read_is_said_in_one_sentence_after_the_packets_before_it() throws IOException {
        byte[] whole = Files.readAllBytes(corpus);
        Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, whole.length - 10));
        Run run = Netflight.run("read", "-n", cut);
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out().lines()).hasSize(289);
        assertThat(run.err()).startsWith("netflight: " + cut + ": it ends at byte ").contains("cut off").hasLineCount(1);

        assertThat(Netflight.failure("read", folder.resolve("missing"))).contains("There is no file");
        assertThat(Netflight.failure("read", folder)).contains("is a folder");
        assertThat(Netflight.failure("read", Files.writeString(folder.resolve("text"), "hello world"))).contains("no pcapng and"
                + " no pcap");
        assertThat(Netflight.failure("read", Files.createFile(folder.resolve("empty")))).contains("it is empty");
        assertThat(Netflight.failure("read", Files.write(folder.resolve("zstd"), new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd})))
                .contains("compressed data is damaged or cut off");
        assertThat(Netflight.failure("read", Files.write(folder.resolve("zstd"), new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd,
            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}))).contains("compressed data is damaged", "zstd says");
    }

    @ParameterizedTest
    @ValueSource(strings = {"capture -n -r FILE", "capture -nr FILE", "capture -nrFILE", "read -r FILE -n"})
    void a_file_can_be_named_as_tcpdumps_users_name_it(String command) {
        List<Object> words = new ArrayList<>();
        for (String word : command.split(" ")) {
            words.add(word.replace("FILE", corpus.toString()));
        }
        words.addAll(List.of("tcp", "port", "443"));
        assertThat(Netflight.well(words.toArray())).isNotEmpty()
                .isEqualTo(Netflight.well("read", "-n", corpus, "tcp port 443"));
    }

    @Test
    void hosts_have_the_names_that_the_capture_brings() throws IOException {
        ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        block(b, 0x0a0d0d0a, body -> body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
        block(b, 1, body -> body.putShort((short) 1).putShort((short) 0).putInt(0));
        byte[] name = "shop.example\0".getBytes(StandardCharsets.US_ASCII);
        block(b, 4, body -> body.putShort((short) 1).putShort((short) (4 + name.length)).put(new byte[] {(byte) 192, 0, 2, 1})
                .put(name).put(new byte[3]).putInt(0));
        byte[] frame = PacketCorpus.frames().getFirst();
        byte[] padded = Arrays.copyOf(frame, frame.length + 3 & ~3);
        block(b, 6, body -> body.putInt(0).putInt(0).putInt(0).putInt(frame.length).putInt(frame.length).put(padded));
        Path file = Files.write(folder.resolve("names"), Arrays.copyOf(b.array(), b.position()));
        assertThat(Netflight.well("read", file)).contains("> shop.example.").doesNotContain("192.0.2.1.");
        assertThat(Netflight.well("read", "-n", file)).contains("> 192.0.2.1.").doesNotContain("shop");
    }

    @Test
    void a_selection_is_written_into_files_of_a_length_each_of_which_can_be_read() throws IOException {
        Netflight.well("read", corpus, "-w", folder.resolve("part"), "-C", "4k");
        List<Path> parts = parts("part");
        assertThat(parts).hasSizeGreaterThan(3).contains(folder.resolve("part"), folder.resolve("part1"), folder.resolve("part2"));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            Path part = folder.resolve("part" + (i == 0 ? "" : i));
            assertThat(part).isRegularFile();
            assertThat(Files.size(part)).isLessThan(4_096 + 2_000);
            lines.append(Run.well("tcpdump", "-n", "-t", "-S", "-r", part));
        }
        assertThat(lines.toString()).isEqualTo(Run.well("tcpdump", "-n", "-t", "-S", "-r", corpus));

        Netflight.well("read", corpus, "-w", folder.resolve("ring"), "-C", "4k", "-W", "3");
        assertThat(parts("ring")).containsExactly(folder.resolve("ring0"), folder.resolve("ring1"), folder.resolve("ring2"));
        Netflight.well("read", corpus, "-w", folder.resolve("wide"), "-C", "4k", "-W", "100");
        assertThat(parts("wide")).first().isEqualTo(folder.resolve("wide00"));
    }

    private List<Path> parts(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).sorted().toList();
        }
    }
}
