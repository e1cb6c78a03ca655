package dev.netflight.sink.pcapng;

import static dev.netflight.sink.pcapng.SinkFixture.ANCHOR;
import static dev.netflight.sink.pcapng.SinkFixture.ETH0;
import static dev.netflight.sink.pcapng.SinkFixture.LO;
import static dev.netflight.sink.pcapng.SinkFixture.NONE;
import static dev.netflight.sink.pcapng.SinkFixture.PROCESS;
import static dev.netflight.sink.pcapng.SinkFixture.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.netflight.model.Direction;
import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file at any moment: whole blocks, readable by everybody's tools, and by nobody but its owner. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CaptureFileTest {
    @TempDir
    Path folder;

    private final SinkFixture fixture = new SinkFixture();
    private final Packet packet = fixture.packet;

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
    void after_each_flush_the_file_is_complete_blocks_with_all_packets_so_far() throws Exception {
        Path file = folder.resolve("growing.pcapng");
        var sink = create(file, 128, null);
        assertThat(Tools.run("tcpdump", "-nr", file)).isEmpty();
        for (int i = 1; i <= 20; i++) {
            fixture.next(i > 10 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", i, i * 100), 128);
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
        try (var sink = fixture.open(file, 128, null)) {
            for (int i = 0; i < 6; i++) {
                fixture.next(i > 2 ? ETH0 : LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", i, i * 100), 128);
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
        try (var sink = fixture.open(file, 0, null)) {
            for (int i = 0; i < 100; i++) {
                fixture.next(LO, Direction.OUTBOUND, frame, 0);
                sink.packet();
                Blocks.read(file);
            }
        }
        assertThat(Blocks.packets(file)).hasSize(100).allMatch(p -> java.util.Arrays.equals(p.data(), frame));
    }

    @Test
    void a_packet_that_cannot_be_encoded_leaves_no_trace() throws Exception {
        Path file = folder.resolve("unfinished.pcapng");
        PcapngSink sink = create(file, 128, null);
        fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
        sink.packet(packet);
        packet.capturedLength = 100;
        assertThatThrownBy(() -> sink.packet(packet)).isInstanceOf(IndexOutOfBoundsException.class);
        fixture.next(LO, Direction.INBOUND, Frames.tcp("127.0.0.1", "127.0.0.1", 1, 0), 128);
        sink.packet(packet);
        packet.capturedLength = 100;
        assertThatThrownBy(() -> sink.packet(packet)).isInstanceOf(IndexOutOfBoundsException.class);
        sink.close(null);
        assertThat(Blocks.packets(file)).hasSize(2);
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
}
