package dev.netflight.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.text.Flow;
import dev.netflight.text.JavaContext;
import dev.netflight.text.PacketText;
import dev.netflight.text.TextOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile captures: packets, or one sentence; never anything else, and never much memory. */
class HostileCaptureTest {
    private static final int ROUNDS = 50_000;

    @ParameterizedTest
    @ValueSource(strings = {"pcap", "pcapng"})
    void a_hundred_thousand_damaged_captures_give_packets_or_a_sentence(String format) throws IOException {
        byte[] good = format.equals("pcap") ? pcap() : pcapng();
        assertThat(read(good)).isEqualTo(FRAMES.size());
        Random random = new Random(11);
        int sentences = 0;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                int at = random.nextInt(bad.length);
                switch (random.nextInt(3)) {
                    case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> bad[at] = (byte) random.nextInt();
                    default -> Arrays.fill(bad, at, Math.min(bad.length, at + 4), (byte) (random.nextBoolean() ? -1 : 0));
                }
            }
            try {
                read(random.nextInt(4) == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length)) : bad);
            } catch (CaptureFormatException told) {
                assertThat(told.getMessage()).isNotBlank().doesNotContain("\n");
                sentences++;
            }
        }
        assertThat(sentences).isBetween(ROUNDS / 10, ROUNDS);
    }

    @Test
    void a_block_that_claims_gigabytes_costs_no_memory() {
        byte[] claim = Arrays.copyOf(pcapng(), 28 + 12);
        ByteBuffer.wrap(claim).order(ByteOrder.LITTLE_ENDIAN).putInt(28, 6).putInt(32, 0x7fff_fff0);
        assertSentence(claim, "claims a length");
        ByteBuffer.wrap(claim).order(ByteOrder.LITTLE_ENDIAN).putInt(28, 6).putInt(32, 0x00ff_fff0);
        assertSentence(claim, "cut off");
        ByteBuffer.wrap(claim).order(ByteOrder.LITTLE_ENDIAN).putInt(28, 0x4242).putInt(32, 0xffff_fff0);
        assertSentence(claim, "cut off");
    }

    @Test
    void interfaces_without_end_are_refused() {
        var file = new ByteArrayOutputStream();
        file.writeBytes(Arrays.copyOf(pcapng(), 28));
        byte[] description = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(20).putInt(1).putInt(0)
                .putInt(20).array();
        for (int i = 0; i < 20_000; i++) {
            file.writeBytes(description);
        }
        assertSentence(file.toByteArray(), "one too many");
    }

    private static void assertSentence(byte[] file, String part) {
        try {
            read(file);
        } catch (CaptureFormatException told) {
            assertThat(told.getMessage()).contains(part);
            return;
        } catch (IOException other) {
            throw new AssertionError(other);
        }
        throw new AssertionError("read without complaint");
    }

    private static final List<TextOptions> LOOKS = List.of(
            new TextOptions(true, false, 0, false, 0, false, false, false, TextOptions.Dump.NONE, 0),
            new TextOptions(true, false, 3, true, 4, true, false, true, TextOptions.Dump.HEX_AND_ASCII_WITH_LINK, 5),
            new TextOptions(true, true, 1, true, 3, false, true, false, TextOptions.Dump.ASCII, 0));

    /** Reads, prints and writes again. @return the packets */
    private static int read(byte[] file) throws IOException {
        var out = new ByteArrayOutputStream();
        List<PacketText> printers = LOOKS.stream().map(PacketText::new).toList();
        int packets = 0;
        try (CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(file));
                var writer = new SelectionWriter(out)) {
            for (Block block = reader.next(); block != null; block = reader.next()) {
                writer.write(block);
                if (block instanceof CapturedPacket packet) {
                    packets++;
                    Flow flow = Flow.of(packet);
                    assertThat(flow == null || flow.payload() >= 0).isTrue();
                    for (PacketText printer : printers) {
                        var text = new StringBuilder();
                        printer.print(packet, JavaContext.of(packet.comments()), text);
                        assertThat(text.length()).isBetween(1, 100_000);
                        for (int i = 0; i < text.length(); i++) {
                            char c = text.charAt(i);
                            if (Character.isISOControl(c) && c != '\n' && c != '\t') {
                                throw new AssertionError("control character in " + text);
                            }
                        }
                    }
                }
            }
        }
        return packets;
    }

    private static final List<byte[]> FRAMES = frames();

    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        byte[] addresses = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
        byte[] dns = new byte[40];
        ByteBuffer.wrap(dns).putShort((short) 7).putShort((short) 0x8180).putShort((short) 1).putShort((short) 1).putInt(0)
                .put((byte) 3).put("www".getBytes(StandardCharsets.US_ASCII)).put((byte) 0).putInt(0x00010001)
                .putShort((short) 0xc00c).putInt(0x00010001);
        frames.add(ipv4(addresses, 17, ByteBuffer.allocate(48).putShort((short) 53).putShort((short) 4000).putShort((short) 48)
                .putShort((short) 0).put(dns).array()));
        frames.add(ipv4(addresses, 6, ByteBuffer.allocate(60).putShort((short) 4000).putShort((short) 80).putInt(1).putInt(2)
                .putShort((short) 0xa018).putShort((short) 500).putInt(0).putInt(0x0204_05b4).putInt(0x0101_050a).putLong(5)
                .putInt(0x0101_0101).put("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)).array()));
        frames.add(ipv4(addresses, 6, ByteBuffer.allocate(90).putShort((short) 4000).putShort((short) 443).putInt(1).putInt(2)
                .putShort((short) 0x5018).putShort((short) 500).putInt(0).put(new byte[] {22, 3, 1, 0, 65, 1, 0, 0, 61}).array()));
        frames.add(ipv4(addresses, 1, ByteBuffer.allocate(40).putInt(0x03030000).putInt(0).put((byte) 0x45).array()));
        byte[] arp = Arrays.copyOf(addresses, 42);
        ByteBuffer.wrap(arp).putShort(12, (short) 0x806).putLong(14, 0x0001_0800_0604_0001L);
        frames.add(arp);
        byte[] six = Arrays.copyOf(addresses, 100);
        ByteBuffer.wrap(six).putShort(12, (short) 0x86dd).putInt(14, 0x6000_0000).putShort(18, (short) 46).put(20, (byte) 0)
                .put(54, (byte) 58).put(62, (byte) 135);
        frames.add(six);
        return frames;
    }

    private static byte[] ipv4(byte[] addresses, int protocol, byte[] above) {
        return ByteBuffer.allocate(34 + above.length).put(addresses).putShort((short) 0x4500).putShort((short) (20 + above.length))
                .putInt(0x4000).put((byte) 64).put((byte) protocol).putShort((short) 0).putInt(0x0a000001).putInt(0x0a000002)
                .put(above).array();
    }

    private static byte[] pcap() {
        ByteBuffer b = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN).putInt(0xa1b2c3d4).putInt(0x00040002).putLong(0)
                .putInt(262_144).putInt(1);
        for (byte[] frame : FRAMES) {
            b.putInt(1).putInt(2).putInt(frame.length).putInt(frame.length).put(frame);
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    private static byte[] pcapng() {
        ByteBuffer b = ByteBuffer.allocate(8_192).order(ByteOrder.LITTLE_ENDIAN).putInt(0x0a0d0d0a).putInt(28)
                .putInt(0x1a2b3c4d).putInt(1).putLong(-1).putInt(28);
        // if_name eth0, if_tsresol 9, if_tsoffset 0
        b.putInt(1).putInt(48).putInt(1).putInt(0).putInt(0x0004_0002).putInt(0x3068_7465).putInt(0x0001_0009).putInt(9)
                .putInt(0x0008_000e).putLong(0).putInt(48);
        byte[] comment = "JavaThread: main\nJavaThreadId: 1\nOperation: write 7\nJavaStack:\n\tA.b(A.java:1)"
                .getBytes(StandardCharsets.UTF_8);
        for (byte[] frame : FRAMES) {
            int start = b.position();
            b.putInt(6).putInt(0).putInt(0).putLong(5).putInt(frame.length).putInt(frame.length).put(frame);
            pad(b);
            b.putShort((short) 1).putShort((short) comment.length).put(comment);
            pad(b);
            b.putShort((short) 2).putShort((short) 4).putInt(2).putInt(0);
            int length = b.position() - start + 4;
            b.putInt(length).putInt(start + 4, length);
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    private static void pad(ByteBuffer b) {
        while (b.position() % 4 != 0) {
            b.put((byte) 0);
        }
    }
}
