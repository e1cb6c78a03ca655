package dev.netflight.samples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcapngFileTest {
    private static final String COMMENT = """
            JavaThread: request-7
            JavaThreadId: 41
            Operation: write 918273
            OperationBytes: 5
            Attribution: exact
            JavaStack:
            \tjava.base/sun.nio.ch.SocketDispatcher.write(SocketDispatcher.java:61)
            \tcom.acme.Answer.send(Answer.java:31)
            \tcom.acme.Checkout$Handler.handle(Checkout.java:64)
            \tjdk.httpserver/sun.net.httpserver.ServerImpl$Exchange.run(ServerImpl.java:900)
            \tjava.base/java.lang.VirtualThread.run(VirtualThread.java:466)
            OriginThread: other
            """;

    /** Ethernet, IPv4, TCP 127.0.0.1:8080 > 127.0.0.1:40000, PSH ACK, five bytes of which none were kept. */
    private static final byte[] PACKET = HexFormat.of().parseHex("0000000000000000000000000800"
            + "4500002d0001400040060000" + "7f0000017f000001" + "1f909c40" + "0000000100000002" + "5018020000000000");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void a_packet_is_read_with_its_comments_in_either_byte_order(String order) throws IOException {
        ByteBuffer file = file(order);
        CapturedPacket packet = read(file.array()).getFirst();
        assertEquals(1, packet.number());
        assertEquals(Instant.parse("2026-01-01T00:00:00.123456789Z"), packet.time());
        assertEquals("lo", packet.interfaceName());
        assertTrue(packet.inbound());
        assertEquals(59, packet.originalLength());
        CapturedPacket.Segment segment = packet.segment().orElseThrow();
        assertEquals("127.0.0.1:8080", segment.source());
        assertEquals("127.0.0.1:40000", segment.destination());
        assertEquals("PSH ACK", segment.flagNames());
        assertEquals(5, segment.length());
        assertEquals(2, packet.comments().size());
        OperationComment operation = packet.operations().getFirst();
        assertEquals("request-7", operation.thread());
        assertEquals("write", operation.operation());
        assertEquals(5, operation.bytes());
        assertEquals(5, operation.stack().size());
        assertEquals("Answer.send", operation.nearestFrame());
        assertEquals("Checkout$Handler.handle", operation.outermostFrame());
    }

    @Test
    void a_file_that_is_still_being_written_is_read_as_far_as_it_goes() throws IOException {
        byte[] whole = file("LITTLE_ENDIAN").array();
        for (int length = 0; length < whole.length; length++) {
            assertEquals(0, read(Arrays.copyOf(whole, length)).size());
        }
        assertEquals(1, read(whole).size());
    }

    @Test
    void another_kind_of_file_is_refused() {
        assertThrows(IOException.class, () -> read(new byte[64]));
    }

    @Test
    void where_the_application_has_no_frame_the_jdk_says_what_it_does() {
        OperationComment operation = OperationComment.of("""
                JavaThread: HttpClient-1-SelectorManager
                Operation: read 5
                JavaStack:
                \tjava.base/sun.nio.ch.SocketDispatcher.read(SocketDispatcher.java:54)
                \tjava.net.http/jdk.internal.net.http.SocketTube.readAvailable(SocketTube.java:1200)
                \tjava.net.http/jdk.internal.net.http.HttpClientImpl$SelectorManager.run(HttpClientImpl.java:1400)
                \tjava.base/java.lang.Thread.run(Thread.java:1500)
                """).orElseThrow();
        assertEquals("HttpClientImpl$SelectorManager.run", operation.nearestFrame());
        assertEquals("", operation.outermostFrame());
    }

    private List<CapturedPacket> read(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("x.pcapng"), bytes);
        List<CapturedPacket> packets = new ArrayList<>();
        PcapngFile.read(file, packets::add);
        return packets;
    }

    private static ByteBuffer file(String order) {
        ByteOrder byteOrder = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        ByteBuffer file = ByteBuffer.allocate(4096).order(byteOrder);
        block(file, 0x0a0d0d0a, body -> body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
        block(file, 1, body -> {
            body.putShort((short) 1).putShort((short) 0).putInt(128);
            option(body, 2, "lo".getBytes(StandardCharsets.UTF_8));
            option(body, 9, new byte[] {9});
        });
        block(file, 0x0bad, body -> body.putLong(0));
        block(file, 6, body -> {
            long nanos = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * 1_000_000_000 + 123_456_789;
            body.putInt(0).putInt((int) (nanos >> 32)).putInt((int) nanos).putInt(PACKET.length)
                    .putInt(PACKET.length + 5).put(PACKET).put(new byte[-PACKET.length & 3]);
            option(body, 1, "PID: 7\nCmd: java".getBytes(StandardCharsets.UTF_8));
            option(body, 1, COMMENT.getBytes(StandardCharsets.UTF_8));
            option(body, 2, ByteBuffer.allocate(4).order(byteOrder).putInt(1).array());
            option(body, 0, new byte[0]);
        });
        ByteBuffer exact = ByteBuffer.allocate(file.position());
        exact.put(file.flip());
        return exact;
    }

    private static void block(ByteBuffer file, int type, Consumer<ByteBuffer> body) {
        int start = file.position();
        file.putInt(type).putInt(0);
        body.accept(file);
        int length = file.position() - start + 4;
        file.putInt(length).putInt(start + 4, length);
    }

    private static void option(ByteBuffer body, int code, byte[] value) {
        body.putShort((short) code).putShort((short) value.length).put(value).put(new byte[-value.length & 3]);
    }
}
