package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BpfObjectTest {
    private static BpfObjectFile open(Libbpf libbpf) {
        return BpfObjectFile.open(libbpf, "nf_test", BpfTesting.ringTestObject());
    }

    @Test
    void constants_are_found_by_name_and_seen_by_the_program() {
        Libbpf libbpf = BpfTesting.requireBpf();
        try (BpfObjectFile file = open(libbpf);
                BpfObject object = file.constant("answer", 1000).constant("small_knob", 200)
                        .constant("label", new byte[] {0, 0, 0, 0, 0, 0, 0, 7}).load()) {
            assertEquals(1207, new ProgramRun(object.program("constants"), 8, 1).run(0, 0));
        }
    }

    @Test
    void a_constant_that_does_not_exist_or_does_not_fit_is_refused_before_load() {
        Libbpf libbpf = BpfTesting.requireLibbpf();
        try (BpfObjectFile file = open(libbpf)) {
            assertEquals(Errno.ENOENT, assertThrows(BpfException.class, () -> file.constant("nothing", 1)).errno());
            assertThrows(IllegalArgumentException.class, () -> file.constant("small_knob", 256));
            assertThrows(IllegalArgumentException.class, () -> file.constant("small_knob", -129));
            assertThrows(IllegalArgumentException.class, () -> file.constant("label", new byte[7]));
            file.constant("small_knob", -128).constant("small_knob", 255).constant("label", 1L);
        }
    }

    @Test
    void maps_are_read_and_written_by_call_and_by_mapping() {
        Libbpf libbpf = BpfTesting.requireBpf();
        try (BpfObjectFile file = open(libbpf); BpfObject object = file.maxEntries("ring", 1 << 16).load(); Arena arena = Arena.ofShared()) {
            BpfMap table = object.map("table");
            table.update(1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertAll(
                    () -> assertEquals(1 << 16, object.map("ring").maxEntries()),
                    () -> assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, table.lookup(1)),
                    () -> assertNull(table.lookup(2)),
                    () -> assertTrue(table.delete(arena.allocateFrom(ValueLayout.JAVA_INT, 1))),
                    () -> assertFalse(table.delete(arena.allocateFrom(ValueLayout.JAVA_INT, 1))));
            BpfMap slots = object.map("slots");
            MemorySegment live = slots.map(arena, true);
            live.set(ValueLayout.JAVA_LONG, 24 * 3, 42);
            assertEquals(8 * 24, live.byteSize());
            assertEquals(42, slots.lookup(3)[0]);
            slots.update(3, new byte[] {43, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
            assertEquals(43, live.get(ValueLayout.JAVA_LONG, 24 * 3));
            assertEquals("bpf_map_update_elem(table) failed with E2BIG (7)", assertThrows(BpfException.class, () -> {
                for (int key = 0; key < 100; key++) {
                    table.update(key, new byte[8]);
                }
            }).getMessage().split("\\.")[0]);
        }
    }

    @Test
    void every_virtual_thread_runs_a_program_with_a_slot_of_its_own() {
        Libbpf libbpf = BpfTesting.requireBpf();
        try (BpfObjectFile file = open(libbpf); BpfObject object = file.load()) {
            ProgramRun sum = new ProgramRun(object.program("sum"), 24, 64);
            ProgramRun thread = new ProgramRun(object.program("thread"), 8, 64);
            AtomicInteger wrong = new AtomicInteger();
            Set<Integer> tids = ConcurrentHashMap.newKeySet();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 64; i++) {
                    int slot = i;
                    threads.execute(() -> {
                        for (int n = 0; n < 500; n++) {
                            if (sum.run(slot, slot, n, 1) != slot + n + 1) {
                                wrong.incrementAndGet();
                            }
                        }
                        tids.add(thread.run(slot, 0));
                    });
                }
            }
            assertEquals(0, wrong.get());
            assertEquals(64 * 500, object.map("counted").sumPerCpu(0)[0]);
            for (int tid : tids) {
                assertTrue(Files.exists(Path.of("/proc/self/task/" + tid)), "tid " + tid);
            }
            assertEquals(Libc.gettid(), thread.run(0, 0));
            sum.close();
            assertEquals(-Errno.EBADF, sum.run(0, 1, 2, 3));
            assertEquals(0, object.program("sum").recursionMisses());
        }
    }

    @Test
    void a_closed_object_leaves_nothing_behind_and_may_be_closed_again() throws IOException {
        Libbpf libbpf = BpfTesting.requireBpf();
        open(libbpf).load().close(); // whatever the first time opens for good
        List<String> before = BpfTesting.openBpfDescriptors();
        BpfObjectFile file = open(libbpf);
        BpfObject object = file.load();
        BpfLink link = object.program("thread").attach();
        assertTrue(BpfTesting.openBpfDescriptors().size() > before.size());
        assertTrue(link.fd() >= 0);
        file.close();
        assertNotNull(object.map("table"), "closing the file must not close what was loaded from it");
        object.close();
        object.close();
        link.close();
        assertEquals(-1, link.fd());
        assertEquals(before, BpfTesting.openBpfDescriptors());
        assertThrows(IllegalStateException.class, () -> object.map("table"));
        assertThrows(IllegalStateException.class, file::load);
    }

    @Test
    void a_program_that_the_verifier_refuses_is_reported_with_its_last_words_and_whole_log() throws IOException {
        Libbpf libbpf = BpfTesting.requireBpf();
        List<String> before = BpfTesting.openBpfDescriptors();
        BpfException refused = assertThrows(BpfException.class, () -> open(libbpf).autoload("refused", true).load());
        assertAll(
                () -> assertEquals("bpf_object__load", refused.function()),
                () -> assertEquals(Errno.EACCES, refused.errno()),
                () -> assertTrue(refused.getMessage().startsWith("bpf_object__load(nf_test) failed with EACCES (13): program refused: "
                        + "R0 invalid mem access 'map_value_or_null'. The kernel's verifier refused the program"), refused.getMessage()),
                () -> assertTrue(refused.log().contains("processed "), refused.log()),
                () -> assertEquals(before, BpfTesting.openBpfDescriptors()));
    }

    @Test
    void a_hook_that_this_kernel_lacks_is_named() {
        Libbpf libbpf = BpfTesting.requireBpf();
        BpfException missing = assertThrows(BpfException.class, () -> open(libbpf).autoload("no_hook", true).load());
        assertTrue(missing.getMessage().contains("failed to find kernel BTF type ID of 'netflight_no_such_hook'"), missing.getMessage());
        try (KernelBtf btf = KernelBtf.load(libbpf)) {
            assertAll(
                    () -> assertFalse(btf.hasTracepoint("netflight_no_such_hook")),
                    () -> assertTrue(btf.hasTracepoint("tcp_probe")),
                    () -> assertTrue(btf.hasStruct("sk_buff")),
                    () -> assertTrue(btf.hasFunction("tcp_sendmsg")));
        }
    }

    @Test
    void names_that_the_object_does_not_have_are_refused() {
        Libbpf libbpf = BpfTesting.requireBpf();
        try (BpfObjectFile file = open(libbpf)) {
            assertThrows(BpfException.class, () -> file.autoload("nothing", false));
            assertThrows(BpfException.class, () -> file.maxEntries("nothing", 1));
            assertTrue(file.hasProgram("sum"));
            assertFalse(file.hasProgram("nothing"));
            try (BpfObject object = file.autoload("sum", false).load()) {
                assertThrows(BpfException.class, () -> object.map("nothing"));
                assertTrue(assertThrows(BpfException.class, () -> object.program("sum")).getMessage().contains("(not loaded)"));
                assertThrows(BpfException.class, () -> object.variable(".bss", "nothing"));
            }
        }
    }

    @Test
    void bytes_that_are_no_object_are_reported_in_libbpf_s_words() {
        Libbpf libbpf = BpfTesting.requireLibbpf();
        BpfException bad = assertThrows(BpfException.class, () -> BpfObjectFile.open(libbpf, "bad", new byte[100]));
        assertTrue(bad.getMessage().startsWith("bpf_object__open_mem(bad, 100 bytes) failed with LIBBPF_ERRNO__FORMAT (4001): elf: "
                + "'bad' is not a proper ELF object"), bad.getMessage());
        byte[] cut = java.util.Arrays.copyOf(BpfTesting.ringTestObject(), 3000);
        assertThrows(BpfException.class, () -> BpfObjectFile.open(libbpf, "cut", cut));
    }

    @Test
    void a_process_without_capabilities_is_told_which_ones_it_lacks() throws IOException {
        BpfTesting.requireBpf();
        assumeTrue(Capabilities.current().has(7) || "root".equals(System.getProperty("user.name")),
                "left out: only root can give up root");
        Path folder = Files.createTempDirectory("netflight-unprivileged");
        try {
            Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            Path object = Files.write(folder.resolve("test.bpf.o"), BpfTesting.ringTestObject());
            Path classes = folder.resolve("classes");
            copyReadable(BpfObject.class, classes);
            copyReadable(Unprivileged.class, classes);
            String output = BpfTesting.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                    "--bounding-set=-all", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED", "-cp", classes.toString(), Unprivileged.class.getName(), object.toString());
            assertEquals("bpf_object__load(nf_test) failed with EPERM (1). The process lacks CAP_BPF and CAP_PERFMON: run it as root, "
                    + "or give it the capabilities (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON; a container: cap-add BPF and "
                    + "PERFMON), or let root load the programs for it: sudo java -jar netflight.jar start PID.", output.strip());
        } finally {
            BpfTesting.delete(folder);
        }
    }

    /** The build's folder may lie where only root can read. */
    private static void copyReadable(Class<?> one, Path target) throws IOException {
        String name = one.getName().replace('.', '/');
        Path from = Path.of(one.getResource("/" + name + ".class").getPath()).getParent();
        Path to = Files.createDirectories(target.resolve(name).getParent());
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(file.getFileName());
                if (Files.isRegularFile(file) && !Files.exists(copy)) {
                    Files.copy(file, copy);
                }
            }
        }
    }

    /** A program of its own: tries to load and prints the message. */
    static final class Unprivileged {
        public static void main(String[] arguments) throws IOException {
            Libbpf libbpf = new Libbpf(NativeLibrary.required());
            try {
                BpfObjectFile.open(libbpf, "nf_test", Files.readAllBytes(Path.of(arguments[0]))).load();
                System.out.println("loaded");
            } catch (BpfException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }
}
