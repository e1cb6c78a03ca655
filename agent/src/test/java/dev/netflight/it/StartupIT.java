package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.it.app.EchoServer;
import dev.netflight.it.app.FirstConnect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code -javaagent} and {@code start} nothing of the first connection is missed, and the application's output is its own. */
final class StartupIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void needs() {
        Needs.bpf();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"", "--illegal-native-access=deny", "-Xcheck:jni", "--limit-modules java.base,java.instrument",
            "-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseZGC", "-XX:+UseShenandoahGC", "-Xint", "-Xshare:off",
            "-XX:+UseCompactObjectHeaders", "-XX:-StackTraceInThrowable", "-Xverify:all"})
    void the_first_connection_is_captured_whole_and_nothing_is_printed(String options) {
        String[] jvm = options.isEmpty() ? new String[0] : options.split(" ");
        if (!options.isEmpty()) {
            Run known = Run.of("sh", "-c", App.JAVA_HOME.resolve("bin/java") + " " + options + " -version");
            assumeTrue(known.exit() == 0, "left out: this JDK does not know " + options);
        }
        Path file = folder.resolve("first.pcapng");
        try (App server = App.of(folder, EchoServer.class).start();
                App client = App.of(folder, FirstConnect.class, server.await("port ")).jvm(jvm)
                        .agent("start,file=" + file).start()) {
            client.awaitEnd();
            assertThat(client.startAnswer().assertOk().text()).contains("capturing to " + file);
            assertThat(client.out()).as("standard output").isEqualTo("ok\n");
            assertThat(client.err()).as("standard error").isEmpty();

            List<CapturedPacket> packets = Tshark.packets(file);
            CapturedPacket syn = packets.getFirst();
            assertThat(syn.outbound() && syn.hasOnly(CapturedPacket.SYN)).as("first a SYN: %s", syn).isTrue();
            boolean stacks = !options.contains("-StackTraceInThrowable");
            String frame = stacks ? "FirstConnect.main" : "";
            assertThat(syn.causes()).isEqualTo("[connect main " + frame + "]");
            assertThat(packets).filteredOn(packet -> packet.payloadLength() > 0)
                    .extracting(packet -> (packet.outbound() ? "out " : "in ") + packet.causes())
                    .containsExactly("out [write main " + frame + "]", "in [read main " + frame + "]");
            assertThat(packets).filteredOn(packet -> packet.outbound() && packet.has(CapturedPacket.FIN))
                    .extracting(CapturedPacket::causes).containsExactly("[shutdown main " + frame + "]");
            PcapngFile.Packet first = PcapngFile.read(file).assertInOrder().packets().getFirst();
            assertThat(first.pid()).as("pid in option 8").isEqualTo((int) client.pid());
            assertThat(first.tid()).as("tid in option 8, of the main thread").isGreaterThan(first.pid());
            assertThat(PcapngFile.read(file).assertBooks().lost()).isZero();
        }
    }
}
