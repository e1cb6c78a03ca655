package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.netflight.it.app.LongWriter;
import dev.netflight.it.app.SlowPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call that lasts for seconds: its packets leave long before it ends, and have its thread and frames all the same. */
final class SlowPeerIT {
    private static final int BYTES = 16 << 20;

    @TempDir
    private Path folder;

    @Test
    void packets_of_a_write_that_hangs_have_its_thread_and_frame_before_it_ends() {
        Needs.sendBegin();
        Path file = folder.resolve("slow.pcapng");
        try (App peer = App.of(folder, SlowPeer.class, BYTES).start();
                App writer = App.of(folder, LongWriter.class, peer.await("port "), BYTES)
                        .agent("start,file=" + file).start()) {
            writer.startAnswer().assertOk();
            peer.await("accepted");
            // longer than packets wait for their operations
            long since = System.nanoTime();
            await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(200)).until(() ->
                    System.nanoTime() - since > 2_500_000_000L && !data(file).isEmpty());
            assertThat(writer.out()).as("the write has not ended").isEmpty();
            assertCaused(data(file));

            peer.tell("read");
            peer.await("read");
            writer.await("written");
            writer.tell("close");
            writer.awaitEnd();
            List<CapturedPacket> all = data(file);
            assertThat(all.stream().mapToLong(CapturedPacket::payloadLength).sum()).isGreaterThanOrEqualTo(BYTES);
            assertCaused(all);
            assertThat(PcapngFile.read(file).assertInOrder().assertBooks().lost()).isZero();
        }
    }

    private static void assertCaused(List<CapturedPacket> packets) {
        assertThat(packets).allSatisfy(packet -> {
            List<CapturedOperation> operations = packet.operations();
            assertThat(operations).as("operations of packet %d: %s", packet.id(), packet.comments()).isNotEmpty()
                    .allSatisfy(operation ->
                            assertThat(operation.cause()).isEqualTo("write long-writer LongWriter.writeForLong"));
            assertThat(operations.stream().mapToInt(CapturedOperation::bytes).sum()).as("bytes of packet %d", packet.id())
                    .isEqualTo(packet.payloadLength());
        });
    }

    private static List<CapturedPacket> data(Path file) {
        return Tshark.packets(file).stream().filter(packet -> packet.outbound() && packet.payloadLength() > 0)
                .toList();
    }
}
