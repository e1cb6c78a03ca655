package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script for Wireshark makes fields of a packet's comments. */
final class WiresharkIT {
    /** Tests run in the module's folder or in the project's. */
    private static final Path FOLDER =
            Files.isDirectory(Path.of("wireshark")) ? Path.of("wireshark") : Path.of("..", "wireshark");

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        Needs.tool("tshark");
        file = folder.resolve("shop.pcapng");
        String process = "PID: 4242\nCmd: /usr/bin/java";
        String write = """
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
                OriginThread: checkout-7
                OriginThreadId: 55
                OriginStack:
                \tcom.acme.Checkout.pay(Checkout.java:64)""";
        ByteBuffer b = ByteBuffer.allocate(8_192).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d).putInt(1).putLong(-1).putInt(28);
        b.putInt(1).putInt(20).putInt(1).putInt(0).putInt(20);
        packet(b, process, write);
        packet(b, process);
        packet(b, "a word by hand: JavaThread: nobody");
        packet(b, write.replace("918273", "918274").replace("http-worker-3", "http-worker-4"), write);
        packet(b, "JavaThread:\nJavaThreadId: x\nOperation:\nJavaStack:");
        Files.write(file, Arrays.copyOf(b.array(), b.position()));
    }

    private static void packet(ByteBuffer b, String... comments) {
        byte[] frame = PacketCorpus.frames().getFirst();
        int start = b.position();
        b.putInt(6).putInt(0).putInt(0).putLong(0).putInt(frame.length).putInt(frame.length)
                .put(Arrays.copyOf(frame, frame.length + 3 & ~3));
        for (String comment : comments) {
            byte[] text = comment.getBytes(StandardCharsets.UTF_8);
            b.putShort((short) 1).putShort((short) text.length).put(Arrays.copyOf(text, text.length + 3 & ~3));
        }
        b.putInt(0);
        int length = b.position() - start + 4;
        b.putInt(length).putInt(start + 4, length);
    }

    private String tshark(Object... more) {
        Object[] command = new Object[5 + more.length];
        System.arraycopy(new Object[] {"tshark", "-X", "lua_script:" + FOLDER.resolve("netflight.lua").toAbsolutePath(), "-r", file},
                0, command, 0, 5);
        System.arraycopy(more, 0, command, 5, more.length);
        Run run = Run.of(command);
        assertThat(run.err().lines().filter(line -> !line.startsWith("Running as user"))).isEmpty();
        assertThat(run.exit()).isZero();
        return run.out();
    }

    @Test
    void threads_operations_and_frames_are_fields() {
        List<String> lines = tshark("-T", "fields", "-e", "netflight.thread", "-e", "netflight.thread_id", "-e",
                "netflight.thread_kind", "-e", "netflight.carrier", "-e", "netflight.operation", "-e", "netflight.operation_id",
                "-e", "netflight.operation_bytes", "-e", "netflight.attribution", "-e", "netflight.frame", "-e",
                "netflight.origin_thread").lines().toList();
        String frame = "com.acme.OrderClient.post(OrderClient.java:88)";
        assertThat(lines.get(0)).isEqualTo("http-worker-3\t41\tvirtual\tForkJoinPool-1-worker-2\twrite\t918273\t1380\texact\t"
                + frame + "\tcheckout-7");
        assertThat(lines.get(1)).isBlank();
        assertThat(lines.get(2)).isBlank();
        assertThat(lines.get(3)).startsWith("http-worker-4,http-worker-3\t41,41\t").contains("918274,918273", frame + "," + frame);
        assertThat(lines.get(4)).isBlank();
    }

    @Test
    void fields_are_display_filters() {
        for (String filter : List.of("netflight.thread == \"http-worker-4\"", "netflight.operation_id == 918274")) {
            assertThat(tshark("-Y", filter).lines()).as(filter).hasSize(1);
        }
        for (String filter : List.of("netflight.frame contains \"OrderClient\"", "netflight.stack contains \"SocketDispatcher\"",
                "netflight.operation == \"write\"", "netflight.origin_stack contains \"Checkout.pay\"")) {
            assertThat(tshark("-Y", filter).lines()).as(filter).hasSize(2);
        }
        assertThat(tshark("-Y", "netflight").lines()).hasSize(3);
    }

    @Test
    void the_profile_shows_them_as_columns() throws IOException {
        Path profiles = Files.createDirectories(folder.resolve("config/profiles/Netflight"));
        Files.copy(FOLDER.resolve("profiles/Netflight/preferences"), profiles.resolve("preferences"));
        Run run = Run.of("env", "WIRESHARK_CONFIG_DIR=" + folder.resolve("config"), "tshark", "-C", "Netflight", "-X",
                "lua_script:" + FOLDER.resolve("netflight.lua").toAbsolutePath(), "-r", file, "-c", "1");
        assertThat(run.out()).as(run.err()).contains("http-worker-3", "com.acme.OrderClient.post(OrderClient.java:88)", "write");
    }
}
