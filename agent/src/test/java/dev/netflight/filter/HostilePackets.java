package dev.netflight.filter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Frames to try filters on: some of real traffic, some that are well-formed by chance, some that lie. */
final class HostilePackets {
    private static final int[] PORTS = {20, 21, 22, 25, 53, 67, 80, 443, 6000, 8080, 9000, 35784, 65535};
    private static final int[] ETHERTYPES = {0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x8847, 0x8863,
        0x8864, 0x809b, 60, 1500};
    private static final int[] TAGS = {0x8100, 0x88a8, 0x9100};
    private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 1, 58, 2, 50, 51, 132, 89, 103, 112, 41, 4};
    /** Hop-by-hop, routing, fragment, destination options, no next header. */
    private static final int[] EXTENSIONS = {0, 43, 44, 60, 59};

    private final Random random;
    private final List<byte[]> real;

    HostilePackets(Random random) {
        this.random = random;
        this.real = real();
    }

    /** {@return the frames of real.pcap: ARP, ICMP, ICMPv6, DNS, HTTP over IPv4 and IPv6, fragments, a reset} */
    static List<byte[]> real() {
        List<byte[]> frames = new ArrayList<>();
        try (InputStream in = HostilePackets.class.getResourceAsStream("real.pcap")) {
            ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).position(24);
            while (file.remaining() >= 16) {
                byte[] frame = new byte[file.getInt(file.position() + 8)];
                file.position(file.position() + 16).get(frame);
                frames.add(frame);
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return frames;
    }

    byte[] next() {
        byte[] frame = switch (random.nextInt(8)) {
            case 0 -> tagged(real.get(random.nextInt(real.size())));
            case 1 -> real.get(random.nextInt(real.size())).clone();
            case 2 -> bytes(random.nextInt(200));
            default -> wellFormed();
        };
        for (int slips = random.nextInt(4) == 0 ? random.nextInt(8) : 0; slips > 0 && frame.length > 0; slips--) {
            frame[random.nextInt(Math.min(frame.length, 80))] = (byte) random.nextInt();
        }
        return frame;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] tagged(byte[] frame) {
        ByteBuffer out = ByteBuffer.allocate(frame.length + 4).put(frame, 0, 12);
        out.putShort((short) one(TAGS)).putShort((short) (one(5, 100, 200, 300, 0, 4095) | random.nextInt(8) << 13));
        return out.put(frame, 12, frame.length - 12).array();
    }

    private byte[] wellFormed() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int type = one(ETHERTYPES);
        out.writeBytes(address(2));
        out.writeBytes(address(1));
        for (int tags = random.nextInt(6) == 0 ? 1 + random.nextInt(2) : 0; tags > 0; tags--) {
            two(out, one(TAGS));
            two(out, one(5, 100, 200, 300, 0, 4095));
        }
        two(out, type);
        if (type == 0x8847) {
            two(out, 100000 >> 4);
            two(out, (100000 & 15) << 12 | (random.nextBoolean() ? 0x100 : 0) | 64);
        }
        switch (random.nextInt(12) == 0 ? one(ETHERTYPES) : type) {
            case 0x0800 -> ipv4(out);
            case 0x86dd -> ipv6(out);
            default -> out.writeBytes(bytes(random.nextInt(100)));
        }
        return out.toByteArray();
    }

    private byte[] address(int last) {
        return random.nextInt(4) == 0 ? bytes(6) : random.nextInt(6) == 0 ? new byte[] {-1, -1, -1, -1, -1, -1}
                : new byte[] {2, 0, 0, 0, 0, (byte) last};
    }

    private void ipv4(ByteArrayOutputStream out) {
        int words = random.nextInt(3) == 0 ? random.nextInt(16) : 5;
        int protocol = one(PROTOCOLS);
        byte[] payload = transport(protocol);
        out.write((random.nextInt(30) == 0 ? random.nextInt(16) : 4) << 4 | words);
        out.write(random.nextInt(256));
        two(out, random.nextInt(5) == 0 ? random.nextInt(65536) : 4 * words + payload.length);
        two(out, random.nextInt(65536));
        two(out, switch (random.nextInt(5)) {
            case 0 -> random.nextInt(65536);
            case 1 -> 0x2000;
            case 2 -> random.nextInt(8);
            default -> 0x4000;
        });
        out.write(one(64, 1, 255));
        out.write(protocol);
        two(out, random.nextInt(65536));
        ipv4Address(out);
        ipv4Address(out);
        out.writeBytes(bytes(Math.max(0, 4 * words - 20)));
        out.writeBytes(payload);
    }

    private void ipv4Address(ByteArrayOutputStream out) {
        out.writeBytes(switch (random.nextInt(6)) {
            case 0 -> bytes(4);
            case 1 -> new byte[] {127, 0, 0, 1};
            case 2 -> new byte[] {(byte) 224, 0, 0, 1};
            case 3 -> new byte[] {(byte) 128, 3, 0, 9};
            default -> new byte[] {10, 9, 0, (byte) (1 + random.nextInt(3))};
        });
    }

    private void ipv6(ByteArrayOutputStream out) {
        int protocol = one(PROTOCOLS);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int first = protocol;
        if (random.nextInt(3) == 0) {
            int count = 1 + random.nextInt(3);
            int[] kinds = new int[count + 1];
            for (int i = 0; i < count; i++) {
                kinds[i] = one(EXTENSIONS);
            }
            kinds[count] = protocol;
            first = kinds[0];
            for (int i = 0; i < count; i++) {
                int units = random.nextInt(3);
                body.write(kinds[i + 1]);
                body.write(units);
                body.writeBytes(bytes(6 + 8 * units));
            }
        }
        body.writeBytes(transport(protocol));
        out.write(0x60);
        out.writeBytes(bytes(3));
        two(out, random.nextInt(5) == 0 ? random.nextInt(65536) : body.size());
        out.write(first);
        out.write(one(64, 1, 255));
        ipv6Address(out);
        ipv6Address(out);
        out.writeBytes(body.toByteArray());
    }

    private void ipv6Address(ByteArrayOutputStream out) {
        byte[] address = random.nextInt(6) == 0 ? bytes(16) : new byte[16];
        switch (random.nextInt(4)) {
            case 0 -> address[15] = 1;
            case 1 -> {
                address[0] = -1;
                address[1] = 2;
            }
            default -> {
                address[0] = (byte) 0xfd;
                address[3] = 9;
                address[15] = (byte) (1 + random.nextInt(2));
            }
        }
        out.writeBytes(address);
    }

    private byte[] transport(int protocol) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (protocol) {
            case 6 -> {
                two(out, one(PORTS));
                two(out, one(PORTS));
                out.writeBytes(bytes(8));
                out.write((random.nextInt(4) == 0 ? random.nextInt(16) : 5) << 4);
                out.write(random.nextInt(4) == 0 ? random.nextInt(256) : one(2, 18, 16, 24, 17, 4));
                out.writeBytes(bytes(6));
                if (random.nextInt(3) == 0) {
                    out.writeBytes("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }
            }
            case 17 -> {
                two(out, one(PORTS));
                two(out, one(PORTS));
                two(out, random.nextInt(3) == 0 ? random.nextInt(65536) : 30);
                two(out, 0);
                out.writeBytes("AAAAAAAA".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            }
            case 1, 58 -> {
                out.write(one(0, 8, 3, 11, 135, 133));
                out.write(random.nextInt(5));
            }
            default -> { }
        }
        out.writeBytes(bytes(random.nextInt(8) == 0 ? random.nextInt(1400) : random.nextInt(60)));
        return out.toByteArray();
    }

    private int one(int... of) {
        return of[random.nextInt(of.length)];
    }

    private static void two(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }
}
