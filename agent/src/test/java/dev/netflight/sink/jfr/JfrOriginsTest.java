package dev.netflight.sink.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.Connection;
import dev.netflight.model.JavaStack;
import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Origin;
import dev.netflight.sink.CaptureAnchor;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

@Timeout(120)
class JfrOriginsTest {
    /** The sequence numbers of the write's bytes wrap in their middle. */
    private static final int FIRST = -10;
    private static final JavaStack STACK = new JavaStack(List.of("io.netty.channel.AbstractChannel.write(AbstractChannel.java:300)",
            "com.acme.Checkout.pay(Checkout.java:64)"), 1, true);

    @TempDir
    private Path folder;

    @Test
    void each_run_of_bytes_has_an_event_in_their_order() throws Exception {
        List<RecordedEvent> events = RecordingFile.readAllEvents(record(true));
        assertThat(events).allMatch(event -> event.getEventType().getName().equals("netflight.WriteOrigin"))
                .extracting(event -> event.getLong("offset") + "+" + event.getLong("bytes") + " by " + event.getLong("originThreadId"))
                .containsExactly("0+16 by 55", "16+8 by 56", "16+8 by 0");
        RecordedEvent first = events.getFirst();
        assertThat(first.getLong("operationId")).isEqualTo(918_273);
        assertThat(first.getLong("connectionId")).isEqualTo(9);
        assertThat(first.getString("originThread")).isEqualTo("checkout-7");
        assertThat(first.getString("originFrame")).isEqualTo("com.acme.Checkout.pay(Checkout.java:64)");
        assertThat(first.getString("originStack")).isEqualTo("io.netty.channel.AbstractChannel.write(AbstractChannel.java:300)\n"
                + "com.acme.Checkout.pay(Checkout.java:64)\n...");
        assertThat(first.getString("remoteAddress")).isEqualTo("2001:db8::1");
        assertThat(first.getInt("remotePort")).isEqualTo(443);
        assertThat(first.getString("javaThread")).isEqualTo("loop-1");
        assertThat(first.getLong("javaThreadId")).isEqualTo(41);
        assertThat(first.getStackTrace()).isNull();
        assertThat(events.get(1).getString("originStack")).as("of one without").isNull();
        assertThat(events.get(1).getString("originFrame")).isNull();
    }

    @Test
    void a_recording_that_does_not_ask_has_none() throws Exception {
        assertThat(RecordingFile.readAllEvents(record(false))).isEmpty();
    }

    @Test
    void mission_controls_parser_reads_them() throws Exception {
        IItemCollection events = JfrLoaderToolkit.loadEvents(record(true).toFile());
        assertThat(events.apply(ItemFilters.type("netflight.WriteOrigin")).stream().mapToLong(items -> items.getItemCount()).sum())
                .isEqualTo(3);
    }

    /** Only what concerns origins. */
    private Path record(boolean asks) throws IOException {
        Path file = folder.resolve("origins.jfr");
        try (var recording = new Recording()) {
            for (Class<?> event : Probes.CLASSES) {
                recording.disable("netflight." + event.getSimpleName());
            }
            if (asks) {
                recording.enable("netflight.WriteOrigin");
            }
            recording.start();
            JfrSink sink = JfrSink.open(JfrSinkTest.SETTINGS, CaptureAnchor.now(), wanted -> { }, () -> { });
            assertThat(sink.wantsOrigins()).isEqualTo(asks);
            sink.origins(write(), new OperationRanges(9, true, FIRST, FIRST + 30, false, 0, 0, false, false), connection());
            recording.stop();
            recording.dump(file);
            sink.close(null);
        }
        return file;
    }

    private static Operation write() {
        var origins = List.of(new Origin("checkout-7", 55, STACK, FIRST, FIRST + 16),
                new Origin("checkout-8", 56, null, FIRST + 16, FIRST + 24), new Origin("", 0, null, FIRST + 16, FIRST + 24));
        return new Operation(918_273, OperationKind.WRITE, new JavaThread("loop-1", 41, false, null, 4260, "loop-1"), null, 9, 30,
                origins);
    }

    private static Connection connection() throws IOException {
        var connection = new Connection(9);
        connection.remoteAddress = InetAddress.getByName("2001:db8::1");
        connection.remotePort = 443;
        return connection;
    }
}
