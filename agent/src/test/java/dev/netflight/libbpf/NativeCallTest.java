package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class NativeCallTest {
    @Test
    void a_failure_of_the_c_library_comes_back_as_minus_errno() {
        assertEquals(-Errno.EBADF, Libc.close(-1));
        assertEquals(-Errno.EINVAL, Libc.munmap(1, 1));
        assertEquals(-Errno.EBADF, Libc.mmap(0, 4096, Libc.PROT_READ, Libc.MAP_SHARED, -1, 0));
    }

    @Test
    void an_int_result_keeps_its_sign_and_nothing_above_its_32_bits() {
        MemorySegment abs = NativeCall.libc("abs");
        assertEquals(7, NativeCall.intResult(abs, -7, 0, 0, 0, 0, 0));
        assertEquals(Integer.MIN_VALUE, NativeCall.intResult(abs, Integer.MIN_VALUE, 0, 0, 0, 0, 0));
    }

    @Test
    void each_of_many_virtual_threads_reads_its_own_errno() throws Exception {
        List<Future<Integer>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 500; i++) {
                boolean bad = i % 2 == 0;
                answers.add(threads.submit((Callable<Integer>) () -> {
                    for (int n = 0; n < 200; n++) {
                        int result = bad ? Libc.close(-1) : Libc.munmap(1, 1);
                        if (result != (bad ? -Errno.EBADF : -Errno.EINVAL)) {
                            return result;
                        }
                        Thread.yield();
                    }
                    return 0;
                }));
            }
        }
        for (Future<Integer> answer : answers) {
            assertEquals(0, answer.get());
        }
    }

    @Test
    void a_caller_may_bring_its_own_capture_segment() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(NativeCall.CAPTURE_BYTES, 4);
            assertEquals(-1, (int) NativeCall.call(NativeCall.libc("close"), capture, -1, 0, 0, 0, 0, 0));
            assertEquals(Errno.EBADF, NativeCall.errno(capture));
        }
    }

    @Test
    void memory_that_was_mapped_is_gone_with_its_arena() {
        long address;
        try (Arena arena = Arena.ofShared()) {
            address = Libc.map(arena, 4096, Libc.PROT_READ | Libc.PROT_WRITE, -1, 0).address();
        }
        // msync says ENOMEM for an address where nothing is mapped
        assertEquals(-Errno.ENOMEM, NativeCall.intResult(NativeCall.libc("msync"), address, 4096, 1, 0, 0, 0));
        assertTrue(Libc.gettid() > 0);
    }
}
