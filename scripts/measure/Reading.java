import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long it takes to print a file of a million packets: by {@code tcpdump -r}, {@code tshark -r} and {@code read}, in turns. The
 * packets are TCP segments of 200 connections over Ethernet and IPv4, 54 to 553 bytes long.
 */
final class Reading {
    private static final int PACKETS = 1_000_000;
    private static final int CONNECTIONS = 200;
    private static final int HEADERS = 54;
    private static final int LONGEST_PAYLOAD = 500;

    private final Setup setup;
    private final Series millis = new Series();

    Reading(Setup setup) {
        this.setup = setup;
    }

    void run() throws IOException, InterruptedException {
        int packets = setup.samples(PACKETS, 10_000);
        Path file = setup.folder().resolve("reading.pcap");
        write(file, packets);
        List<String> ours = List.of(setup.tool("java"), "-jar", setup.agent().toString(), "read", "-n", file.toString());
        List<String> counting = new ArrayList<>(ours);
        counting.add("--count");
        // the first round only fills the page cache
        for (int round = -1; round < setup.samples(3, 1); round++) {
            read(round, "tcpdump -nr", List.of("tcpdump", "-nr", file.toString()));
            read(round, "tshark -nr", List.of("tshark", "-nr", file.toString()));
            read(round, "netflight read -n", ours);
            read(round, "netflight read -n --count", counting);
        }
        System.out.printf(Locale.ROOT, "%nReading %,d packets, %,d MB: seconds, medians of %d%n", packets,
                Files.size(file) / 1_000_000, setup.samples(3, 1));
        for (String variant : List.of("tcpdump -nr", "tshark -nr", "netflight read -n", "netflight read -n --count")) {
            System.out.printf(Locale.ROOT, "  %-28s %6.1f%n", variant, millis.median(variant) / 1_000);
        }
        Files.delete(file);
    }

    private void read(int round, String variant, List<String> command) throws IOException, InterruptedException {
        double took = Neighbours.undisturbed(() -> Command.millis(command));
        if (round >= 0) {
            millis.add(variant, took);
        }
    }

    private static void write(Path file, int packets) throws IOException {
        int[] sequence = new int[CONNECTIONS];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            out.write(ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4)
                    .putInt(0).putInt(0).putInt(262_144).putInt(1).array());
            for (int i = 0; i < packets; i++) {
                int connection = i * 7 % CONNECTIONS;
                int payload = i * 31 % LONGEST_PAYLOAD;
                int length = HEADERS + payload;
                out.write(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(1_700_000_000 + i / 10_000)
                        .putInt(i % 10_000 * 100).putInt(length).putInt(length).array());
                ByteBuffer b = ByteBuffer.allocate(length);
                b.putLong(0x0200_0000_0001_0200L).putInt(2).putShort((short) 0x0800);
                b.putShort((short) 0x4500).putShort((short) (length - 14)).putInt(i << 16 | 0x4000).putShort((short) 0x4006)
                        .putShort((short) 0).putInt(0xc0000201).putInt(0xc0000202);
                b.putShort((short) (30_000 + connection)).putShort((short) 5_432).putInt(1_000 + sequence[connection]).putInt(1)
                        .putShort((short) 0x5018).putShort((short) 502).putInt(0);
                sequence[connection] += payload;
                while (b.hasRemaining()) {
                    b.put((byte) b.position());
                }
                out.write(b.array());
            }
        }
    }
}
