package dev.netflight.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerfDataTest {
    @Test
    void this_jvm_tells_its_version_and_main_class() {
        ProcessEntry self = new ProcessEntry(ProcessHandle.current().pid());
        JavaProcess jvm = JavaProcess.of(self, Path.of("/nowhere")).orElseThrow();
        assertThat(jvm.version()).isEqualTo(System.getProperty("java.version"));
        assertThat(jvm.user()).isEqualTo(System.getProperty("user.name"));
        assertThat(jvm.program()).isNotEmpty();
    }

    @Test
    void whatever_the_bytes_are_nothing_is_thrown() throws Exception {
        long pid = ProcessHandle.current().pid();
        byte[] good;
        try (TargetFiles files = TargetFiles.open(Path.of("/"), "tmp",
                "hsperfdata_" + System.getProperty("user.name"))) {
            good = files.read(Long.toString(pid), PerfData.LONGEST);
        }
        assertThat(PerfData.strings(good)).containsKey("sun.rt.javaCommand");
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int k = random.nextInt(20); k >= 0; k--) {
                bad[random.nextInt(random.nextBoolean() ? 64 : bad.length)] = (byte) random.nextInt();
            }
            Map<String, String> strings = PerfData.strings(bad);
            assertThat(strings.size()).isLessThan(10_000);
        }
        assertThat(PerfData.strings(new byte[0])).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"25.0.3,25", "25-ea,25", "26,26", "1.8.0_402,8", "17.0.15,17", "'',0", "x,0", "99999999999,0"})
    void the_feature_release_is_read_from_any_version(String version, int feature) {
        assertThat(JavaProcess.feature(version)).isEqualTo(feature);
    }

    @Test
    void no_escape_sequence_reaches_the_terminal() {
        assertThat(Terminal.safe("a\u001b[31mb\u009b\n\tc\u007f")).isEqualTo("a?[31mb?\n\tc?");
    }
}
