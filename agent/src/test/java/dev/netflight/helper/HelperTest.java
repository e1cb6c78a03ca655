package dev.netflight.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.netflight.control.CapturePrograms;
import dev.netflight.control.Options;
import dev.netflight.kernel.KernelPrograms;
import dev.netflight.kernel.LoadedPrograms;
import dev.netflight.libbpf.BpfTesting;
import dev.netflight.libbpf.DescriptorSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs pass to the process that they are for, to no other, and no more of them than it needs. */
@Timeout(120)
class HelperTest {
    /** uapi/linux/bpf.h, BPF_PROG_TYPE_SYSCALL. */
    private static final String TYPE_SYSCALL = "31";

    @TempDir
    private Path folder;
    private List<String> heldBefore;

    @BeforeEach
    void needs() throws IOException {
        BpfTesting.requireBpf();
        heldBefore = BpfTesting.openBpfDescriptors();
    }

    @AfterEach
    void nothing_is_left() throws IOException {
        assertThat(BpfTesting.openBpfDescriptors()).isEqualTo(heldBefore);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.filter(file -> file.toString().endsWith(".helper"))).isEmpty();
        }
    }

    private static LoadedPrograms programs() throws Exception {
        return CapturePrograms.loadFor(Options.parse("start,interface=lo,ring=64k"), true, false);
    }

    private Helper.Target target(long pid) {
        return new Helper.Target(pid, 0, 0, folder.toString(), true, folder.toString());
    }

    private Helper offerTo(long pid) throws Exception {
        return Helper.offer(programs(), target(pid));
    }

    private Helper offer() throws Exception {
        return offerTo(ProcessHandle.current().pid());
    }

    /** As {@code /proc/self/fdinfo} has it, for each descriptor that has this key. */
    private static List<String> descriptorsWith(String key) throws IOException {
        List<String> values = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                try (Stream<String> lines = Files.lines(descriptor)) {
                    lines.filter(line -> line.startsWith(key + ":")).forEach(line -> values.add(line.split("\\s+")[1]));
                } catch (IOException | java.io.UncheckedIOException gone) {
                    // the listing's own descriptor
                }
            }
        }
        return values;
    }

    @Test
    void what_is_handed_over_is_attached_and_lives_as_long_as_its_taker_wants() throws Exception {
        HandedPrograms handed;
        int links;
        try (Helper helper = offer()) {
            handed = HandedPrograms.take(helper.socket());
            links = handed.attach(true).size();
        }
        assertThat(links).isEqualTo(handed.features().used(dev.netflight.kernel.Scope.PROCESS).size());
        assertThat(descriptorsWith("link_id")).as("links that are left when the helper has ended").hasSize(links);
        handed.close();
        assertThat(descriptorsWith("link_id")).isEmpty();
    }

    @Test
    void what_is_handed_over_can_be_run_on_oneself_and_attached_nowhere() throws Exception {
        HandedPrograms handed;
        try (Helper helper = offer()) {
            handed = HandedPrograms.take(helper.socket());
        }
        assertThat(descriptorsWith("map_id")).hasSize(KernelPrograms.MAPS.size());
        assertThat(descriptorsWith("prog_type")).hasSize(KernelPrograms.CALLED.size()).containsOnly(TYPE_SYSCALL);
        assertThat(KernelPrograms.MAPS).as("maps that say whose packets are taken").doesNotContain(".bss", ".rodata",
                "connections", "ports", "listeners", "processes");
        handed.close();
    }

    @Test
    void another_process_than_the_target_gets_nothing() throws Exception {
        try (Helper helper = offerTo(1)) {
            assertThatThrownBy(() -> HandedPrograms.take(helper.socket())).isInstanceOf(HelperException.class)
                    .hasMessageContaining("gave no kernel programs");
            assertThatThrownBy(() -> HandedPrograms.take(helper.socket())).isInstanceOf(HelperException.class);
        }
    }

    @Test
    void a_second_connection_gets_nothing() throws Exception {
        try (Helper helper = offer()) {
            HandedPrograms handed = HandedPrograms.take(helper.socket());
            DescriptorSocket second = DescriptorSocket.connect(helper.socket());
            second.patience(1);
            assertThatThrownBy(() -> second.receive(64)).isInstanceOf(IOException.class).hasMessageContaining("EAGAIN");
            second.close();
            handed.close();
        }
    }

    @Test
    void a_target_that_says_anything_but_attach_is_left_without_links() throws Exception {
        for (String words : List.of("load /tmp/evil.bpf.o", "attach handle_egress", "\0", "x".repeat(60_000))) {
            Helper helper = offer();
            DescriptorSocket target = DescriptorSocket.connect(helper.socket());
            DescriptorSocket.closeAll(target.receive(64).descriptors());
            target.send(words, 0, 1, 2);
            helper.close();
            assertThat(target.receive(64)).as("the answer to %s", words).isNull();
            target.close();
            assertThat(helper.failure()).isEmpty();
        }
    }

    @Test
    void a_target_that_says_nothing_holds_up_nobody() throws Exception {
        Helper helper = offer();
        DescriptorSocket target = DescriptorSocket.connect(helper.socket());
        DescriptorSocket.closeAll(target.receive(64).descriptors());
        helper.close();
        target.close();
    }

    @Test
    void a_helper_that_is_killed_before_it_has_attached_leaves_nothing() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), Offering.class.getName(),
                Long.toString(ProcessHandle.current().pid()), folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String socket = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
        assertThat(socket).as("the helper's socket").isNotNull();
        HandedPrograms handed = HandedPrograms.take(socket);
        process.destroyForcibly().waitFor();
        assertThatThrownBy(() -> handed.attach(true)).isInstanceOf(HelperException.class).hasMessageContaining("process " + process.pid());
        handed.close();
        Files.delete(Path.of(socket));
    }

    /** A helper in a process of its own, for as long as it lives. */
    static final class Offering {
        private Offering() {}

        public static void main(String[] args) throws Exception {
            Helper helper = Helper.offer(programs(), new Helper.Target(Long.parseLong(args[0]), 0, 0, args[1], true, args[1]));
            System.out.println(helper.socket());
            Thread.currentThread().join();
        }
    }

    @Test
    void a_folder_that_is_a_link_is_not_followed_into_another_file_system() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(folder.resolve("tmp"), elsewhere);
        LoadedPrograms programs = programs();
        assertThatThrownBy(() -> Helper.offer(programs,
                new Helper.Target(1, 0, 0, link.toString(), false, "/tmp"))).isInstanceOf(IOException.class);
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void the_socket_is_made_with_the_rights_of_the_targets_user_and_is_his_alone() throws Exception {
        LoadedPrograms programs = programs();
        assertThatThrownBy(() -> Helper.offer(programs,
                new Helper.Target(1, 65534, 65534, folder.toString(), false, "/tmp"))).as("in a folder of root's")
                .isInstanceOf(IOException.class).hasMessageContaining("EACCES");
        Path open = Files.createTempDirectory(Path.of("/var/tmp"), "netflight-helper");
        Files.setAttribute(open, "unix:uid", 65534);
        try (Helper helper = Helper.offer(programs(), new Helper.Target(1, 65534, 65534, open.toString(), false, open.toString()))) {
            Path socket = Path.of(helper.socket());
            assertThat(Files.getAttribute(socket, "unix:uid")).isEqualTo(65534);
            assertThat((int) Files.getAttribute(socket, "unix:mode") & 0777).isEqualTo(0600);
        } finally {
            Files.delete(open);
        }
    }
}
