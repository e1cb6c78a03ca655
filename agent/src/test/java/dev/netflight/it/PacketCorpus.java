package dev.netflight.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ethernet frames of many protocols, always the same ones, with right checksums, for comparing readers. */
final class PacketCorpus {
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final byte[] EMPTY = {};

    private final Random random = new Random(42);
    private final List<byte[]> frames = new ArrayList<>();

    private PacketCorpus() {}

    /** {@return all of them} */
    static List<byte[]> frames() {
        var corpus = new PacketCorpus();
        for (boolean six : new boolean[] {false, true}) {
            corpus.connections(six);
            corpus.segments(six);
            corpus.datagrams(six);
            corpus.names(six);
        }
        corpus.icmp();
        corpus.icmp6();
        corpus.arp();
        corpus.fragmentsAndTags();
        return corpus.frames;
    }

    /** Writes a pcap file. @param magic 0xa1b2c3d4 for microseconds, 0xa1b23c4d for nanoseconds */
    static void write(Path file, List<byte[]> frames, ByteOrder order, int magic, int snaplen) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(ByteBuffer.allocate(24).order(order).putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0)
                .putInt(snaplen).putInt(1).array());
        int units = magic == 0xa1b23c4d ? 1_000_000_000 : 1_000_000;
        int number = 0;
        for (byte[] frame : frames) {
            int captured = Math.min(frame.length, snaplen);
            long time = number++ * (units / 700L);
            out.write(ByteBuffer.allocate(16).order(order).putInt((int) (1_790_000_000 + time / units))
                    .putInt((int) (time % units)).putInt(captured).putInt(frame.length).array());
            out.write(frame, 0, captured);
        }
        Files.write(file, out.toByteArray());
    }

    /** Whole connections with handshake, data, selective acknowledgements and end. */
    private void connections(boolean six) {
        for (int i = 0; i < 6; i++) {
            int client = 40_000 + i;
            int port = new int[] {443, 5432, 80, 8080, 9092, client}[i];
            int a = random.nextInt();
            int b = random.nextInt();
            byte[] syn = bytes(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 2, 0, 0, 0, 0, 1, 3, 3, 7);
            byte[] times = bytes(1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4);
            tcp(six, true, client, port, a, 0, 0x02, 64_240, syn, EMPTY);
            tcp(six, false, port, client, b, a + 1, 0x12, 65_160, syn, EMPTY);
            tcp(six, true, client, port, a + 1, b + 1, 0x10, 502, times, EMPTY);
            byte[] request = port == 80 || port == 8080
                    ? "GET /orders?id=7 HTTP/1.1\r\nHost: shop\r\n\r\n".getBytes(StandardCharsets.US_ASCII) : noise(100 + 31 * i);
            tcp(six, true, client, port, a + 1, b + 1, 0x18, 502, times, request);
            tcp(six, false, port, client, b + 1, a + 1 + request.length, 0x10, 501, times, EMPTY);
            byte[] response = port == 80 || port == 8080
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII) : noise(700);
            tcp(six, false, port, client, b + 1, a + 1 + request.length, 0x18, 501, times, response);
            ByteBuffer sack = ByteBuffer.allocate(20).put(bytes(1, 1, 5, 18)).putInt(b + 900).putInt(b + 1000)
                    .putInt(b + 1100).putInt(b + 1200);
            tcp(six, true, client, port, a + 1 + request.length, b + 1 + response.length, 0x10, 495, sack.array(), EMPTY);
            tcp(six, true, client, port, a + 1 + request.length, b + 1 + response.length, 0x11, 495, times, EMPTY);
            tcp(six, false, port, client, b + 1 + response.length, a + 2 + request.length, 0x11, 495, times, EMPTY);
            tcp(six, true, client, port, a + 2 + request.length, 0, 0x04, 0, EMPTY, EMPTY);
        }
    }

    /** Segments of connections whose begin was not seen, with all flags and strange options. */
    private void segments(boolean six) {
        byte[][] options = {EMPTY, bytes(1, 1, 1, 0), bytes(34, 2, 1, 1), bytes(34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1),
            bytes(253, 6, 0xab, 0xcd, 1, 2, 1, 1), bytes(3, 3, 14, 0), bytes(2, 9, 1, 1), bytes(8, 3, 1, 0), bytes(5, 1, 0, 0),
            bytes(28, 4, 0x80, 1)};
        for (int i = 0; i < 40; i++) {
            tcp(six, i % 3 == 0, 1024 + 16 * i, 2048 + i % 5, random.nextInt(), random.nextInt(), random.nextInt(256),
                    random.nextInt(65_536), options[i % options.length], noise(i % 4 == 0 ? 0 : random.nextInt(200)));
        }
    }

    private void datagrams(boolean six) {
        for (int i = 0; i < 12; i++) {
            udp(six, 30_000 + i, 40_000 + i, noise(random.nextInt(400)), i == 3);
        }
    }

    private void names(boolean six) {
        byte[] question = dns(0x1234, 0x0100, "www.example.com", 1);
        udp(six, 50_000, 53, question, false);
        udp(six, 50_000, 53, dns(7, 0x0110, "example.org", 28), false);
        udp(six, 50_000, 53, dns(8, 0x0000, "4.3.2.1.in-addr.arpa", 12), false);
        udp(six, 50_000, 53, dns(9, 0x0100, "_sip._tcp.example.net", 33), false);
        udp(six, 53, 50_000, dns(9, 0x8183, "nowhere.example", 1), false);
        udp(six, 53, 50_000, dns(10, 0x8182, "broken.example", 255), false);
        udp(six, 53, 50_000, dns(0x1234, 0x8180, "www.example.com", 1,
                record(5, name("edge.example.com")), record(1, bytes(192, 0, 2, 7)), record(1, bytes(192, 0, 2, 8))), false);
        udp(six, 53, 50_000, dns(7, 0x8580, "example.org", 28, record(28, address(true, false))), false);
        udp(six, 53, 50_000, dns(11, 0x8380, "example.org", 15,
                record(15, joined(bytes(0, 10), name("mail.example.org")))), false);
        udp(six, 53, 50_000, dns(12, 0x81a0, "example.org", 16, record(16, bytes(3, 'a', ' ', 'b', 2, 'c', 'd'))), false);
        udp(six, 53, 50_000, dns(13, 0x8180, "_sip._tcp.example.net", 33,
                record(33, joined(bytes(0, 1, 0, 2, 0x13, 0xc4), name("sip.example.net")))), false);
        byte[] overTcp = dns(77, 0x0100, "www.example.com", 1);
        tcp(six, true, 50_001, 53, 100, 200, 0x18, 500, EMPTY,
                joined(bytes(overTcp.length >> 8, overTcp.length), overTcp));
    }

    private void icmp() {
        for (int i = 0; i < 6; i++) {
            echo(i % 2 == 0 ? 8 : 0, i);
        }
        byte[] quoted = joined(ip(false, true, UDP, 20, 64, 0x4000), bytes(0x30, 0x39, 0, 9, 0, 20, 0, 0));
        byte[] quotedTcp = joined(ip(false, true, TCP, 40, 64, 0x4000), bytes(0x30, 0x39, 0x1f, 0x90, 0, 0, 0, 1));
        for (int code : new int[] {0, 1, 2, 3, 9, 10, 13}) {
            icmp(bytes(3, code, 0, 0, 0, 0, 0, 0), quoted);
        }
        icmp(bytes(3, 3, 0, 0, 0, 0, 0, 0), quotedTcp);
        icmp(bytes(3, 4, 0, 0, 0, 0, 5, 0xdc), quotedTcp);
        icmp(bytes(11, 0, 0, 0, 0, 0, 0, 0), quotedTcp);
        icmp(bytes(11, 1, 0, 0, 0, 0, 0, 0), quoted);
        icmp(bytes(5, 1, 0, 0, 192, 0, 2, 254), quoted);
    }

    private void echo(int type, int sequence) {
        icmp(bytes(type, 0, 0, 0, 0x11, 0x22, 0, sequence), noise(56));
    }

    private void icmp(byte[] header, byte[] rest) {
        byte[] message = joined(header, rest);
        checksum(message, 2, 0);
        ethernet(IPV4, joined(ip(false, true, 1, message.length, 63, 0), message));
    }

    private void icmp6() {
        byte[] target = address(true, true);
        byte[] quoted = joined(ip(true, true, UDP, 20, 64, 0), bytes(0x30, 0x39, 0, 9, 0, 20, 0, 0));
        for (int i = 0; i < 4; i++) {
            icmp6(bytes(128 + i % 2, 0, 0, 0, 0x11, 0x22, 0, i), noise(56));
        }
        icmp6(bytes(135, 0, 0, 0, 0, 0, 0, 0), target);
        icmp6(bytes(136, 0, 0, 0, 0x60, 0, 0, 0), target);
        icmp6(bytes(133, 0, 0, 0, 0, 0, 0, 0), EMPTY);
        for (int code : new int[] {0, 1, 3, 4}) {
            icmp6(bytes(1, code, 0, 0, 0, 0, 0, 0), quoted);
        }
        icmp6(bytes(2, 0, 0, 0, 0, 0, 5, 0), quoted);
    }

    private void icmp6(byte[] header, byte[] rest) {
        byte[] message = joined(header, rest);
        checksum(message, 2, sum(joined(address(true, true), address(true, false))) + 58 + message.length);
        ethernet(IPV6, joined(ip(true, true, 58, message.length, 255, 0), message));
    }

    private void arp() {
        for (int i = 0; i < 4; i++) {
            byte[] zero = new byte[6];
            byte[] sender = bytes(2, 0, 0, 0, 0, 10 + i);
            ethernet(ARP, joined(bytes(0, 1, 8, 0, 6, 4, 0, 1), sender, bytes(192, 0, 2, i), i == 3 ? sender : zero,
                    bytes(192, 0, 2, 99)));
            ethernet(ARP, joined(bytes(0, 1, 8, 0, 6, 4, 0, 2), sender, bytes(192, 0, 2, 99), sender, bytes(192, 0, 2, i)));
        }
    }

    private void fragmentsAndTags() {
        byte[] payload = noise(64);
        ethernet(IPV4, joined(ip(false, true, UDP, 64, 64, 0x2000), joined(bytes(0x75, 0x30, 0x9c, 0x40, 0, 200, 0, 0),
                noise(56))));
        ethernet(IPV4, joined(ip(false, true, UDP, 64, 64, 0x2008), payload));
        ethernet(IPV4, joined(ip(false, true, UDP, 64, 64, 0x0010), payload));
        byte[] tagged = frames.getFirst();
        frames.add(joined(Arrays.copyOf(tagged, 12), bytes(0x81, 0, 0x20, 7),
                Arrays.copyOfRange(tagged, 12, tagged.length)));
    }

    private void tcp(boolean six, boolean there, int source, int destination, int sequence, int acknowledged, int flags,
            int window, byte[] options, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(20).putShort((short) source).putShort((short) destination).putInt(sequence)
                .putInt(acknowledged).put((byte) ((20 + options.length) / 4 << 4)).put((byte) flags).putShort((short) window)
                .putShort((short) 0).putShort((short) ((flags & 32) != 0 ? 9 : 0));
        transport(six, there, TCP, joined(header.array(), options, payload), 16);
    }

    private void udp(boolean six, int source, int destination, byte[] payload, boolean unsummed) {
        ByteBuffer header = ByteBuffer.allocate(8).putShort((short) source).putShort((short) destination)
                .putShort((short) (8 + payload.length)).putShort((short) 0);
        transport(six, true, UDP, joined(header.array(), payload), unsummed && !six ? -1 : 6);
    }

    private void transport(boolean six, boolean there, int protocol, byte[] segment, int checksumAt) {
        if (checksumAt >= 0) {
            checksum(segment, checksumAt, sum(joined(address(six, there), address(six, !there))) + protocol + segment.length);
        }
        ethernet(six ? IPV6 : IPV4, joined(ip(six, there, protocol, segment.length, 64, 0x4000), segment));
    }

    private static byte[] ip(boolean six, boolean there, int protocol, int length, int ttl, int fragment) {
        if (six) {
            return joined(bytes(0x60, 2, 0x34, 0x56, length >> 8, length, protocol, ttl), address(true, there),
                    address(true, !there));
        }
        byte[] header = joined(bytes(0x45, protocol == TCP ? 2 : 0, length + 20 >> 8, length + 20, 0x12, 0x34, fragment >> 8,
                fragment, ttl, protocol, 0, 0), address(false, there), address(false, !there));
        checksum(header, 10, 0);
        return header;
    }

    private static byte[] address(boolean six, boolean client) {
        return six ? bytes(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, client ? 1 : 0, 0, 0, 0, client ? 10 : 1)
                : bytes(192, 0, 2, client ? 10 : 1);
    }

    private void ethernet(int type, byte[] payload) {
        frames.add(joined(bytes(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type), payload));
    }

    private static byte[] dns(int id, int flags, String name, int type, byte[]... answers) {
        byte[] message = joined(bytes(id >> 8, id, flags >> 8, flags, 0, 1, 0, answers.length, 0, 0, 0, 0), name(name),
                bytes(0, type, 0, 1));
        for (byte[] answer : answers) {
            message = joined(message, answer);
        }
        return message;
    }

    private static byte[] record(int type, byte[] value) {
        return joined(bytes(0xc0, 12, 0, type, 0, 1, 0, 0, 0x0e, 0x11, value.length >> 8, value.length), value);
    }

    private static byte[] name(String name) {
        var out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(0);
        return out.toByteArray();
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (byte) (random.nextInt(95) + (i == 0 ? 128 : 32));
        }
        return noise;
    }

    private static void checksum(byte[] bytes, int at, long more) {
        long sum = sum(bytes) + more;
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        bytes[at] = (byte) (~sum >> 8);
        bytes[at + 1] = (byte) ~sum;
    }

    private static long sum(byte[] bytes) {
        long sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += (i & 1) == 0 ? (bytes[i] & 0xff) << 8 : bytes[i] & 0xff;
        }
        return sum;
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] joined(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
