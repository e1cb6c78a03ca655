package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.netflight.libbpf.NativeLibrary.Found;
import dev.netflight.libbpf.NativeLibrary.Missing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    private static final String BUNDLED = "native/linux-x86-64/libnetflight.so";

    @Test
    void a_property_that_names_no_file_is_said_with_the_remedy_and_nothing_else_is_tried() {
        Missing missing = assertInstanceOf(Missing.class, NativeLibrary.search("/no/such/lib.so", BUNDLED, "libbpf.so.1"));
        assertEquals("No libbpf: netflight.native names /no/such/lib.so, which cannot be read. Correct the path, or leave the "
                + "property out to use the bundled library.", missing.message());
    }

    @Test
    void a_file_that_is_no_library_is_refused_before_the_jvm_prints_about_it(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("lib.so"), "no library");
        Missing missing = assertInstanceOf(Missing.class, NativeLibrary.search(text.toString(), BUNDLED, "libbpf.so.1"));
        assertTrue(missing.message().contains(text + " (netflight.native) could not be loaded: it is no ELF file."), missing.message());
    }

    @Test
    void a_library_without_libbpf_is_refused_by_the_name_of_the_function() {
        Path libc = Path.of("/lib/x86_64-linux-gnu/libm.so.6");
        assumeTrue(Files.exists(libc), "left out: no " + libc);
        Missing missing = assertInstanceOf(Missing.class, NativeLibrary.search(libc.toString(), BUNDLED, "libbpf.so.1"));
        assertTrue(missing.message().contains("has no function bpf_object__open_mem"), missing.message());
    }

    @Test
    void without_any_library_the_message_names_each_place_and_what_to_install() {
        Missing missing = assertInstanceOf(Missing.class, NativeLibrary.search(null, "native/none.so", "libnone.so.1"));
        assertEquals("No libbpf: this build carries no native/none.so, and the system has no libnone.so.1. Install libbpf 1.0 or "
                + "newer (Debian: apt-get install libbpf1) or name a library with -Dnetflight.native=/path/libnetflight.so.",
                missing.message());
    }

    @Test
    void the_system_s_library_is_the_last_resort() {
        NativeLibrary.Result result = NativeLibrary.search(null, "native/none.so", "libbpf.so.1");
        assumeTrue(result instanceof Found, "left out: no libbpf.so.1 is installed");
        assertEquals("system libbpf.so.1", ((Found) result).library().origin());
    }

    @Test
    void the_bundled_library_loads_without_a_file_and_brings_libpcap() throws IOException {
        assumeTrue(NativeLibrary.class.getResource("/" + BUNDLED) != null, "left out: the class path has no " + BUNDLED);
        Found found = assertInstanceOf(Found.class, NativeLibrary.search(null, BUNDLED, "libnone.so.1"));
        assertEquals("bundled", found.library().origin());
        assertTrue(found.library().hasPcap());
        assertTrue(new Libbpf(found.library()).libbpf_version_string().startsWith("v1."));
        assertEquals(0, BpfTesting.openBpfDescriptors().stream().filter(name -> name.contains("memfd")).count());
    }
}
