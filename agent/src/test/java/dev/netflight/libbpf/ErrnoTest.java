package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void every_name_is_the_one_that_the_c_library_knows() {
        Optional<MemorySegment> names = Linker.nativeLinker().defaultLookup().find("strerrorname_np");
        Assumptions.assumeTrue(names.isPresent(), "left out: this libc has no strerrorname_np (glibc 2.32)");
        MemorySegment capture = Arena.ofAuto().allocate(NativeCall.CAPTURE_BYTES, 4);
        for (int errno = 1; errno <= 133; errno++) {
            String expected = Libbpf.string(NativeCall.call(names.get(), capture, errno, 0, 0, 0, 0, 0));
            if (!expected.isEmpty()) {
                assertEquals(expected, Errno.name(errno), "errno " + errno);
            }
        }
    }

    @Test
    void a_number_is_described_by_name_and_number_whatever_its_sign() {
        assertAll(
                () -> assertEquals("EPERM (1)", Errno.describe(1)),
                () -> assertEquals("ENOTSUPP (524)", Errno.describe(-524)),
                () -> assertEquals("LIBBPF_ERRNO__FORMAT (4001)", Errno.describe(4001)),
                () -> assertEquals("errno 4095", Errno.describe(-4095)));
    }
}
