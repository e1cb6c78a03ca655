package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The few structs whose offsets are written down here, against the headers of libbpf and the kernel. */
class NativeLayoutTest {
    @Test
    void offsets_are_those_of_the_c_headers(@TempDir Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("offsets.c"), """
                #include <stddef.h>
                #include <stdio.h>
                #include <sys/epoll.h>
                #include <linux/bpf.h>
                #include <bpf/bpf.h>
                #include <bpf/libbpf.h>
                #include <bpf/btf.h>
                int main(void)
                {
                \tprintf("%zu %zu %zu %zu %zu\\n", offsetof(struct bpf_test_run_opts, sz),
                \t       offsetof(struct bpf_test_run_opts, ctx_in), offsetof(struct bpf_test_run_opts, ctx_size_in),
                \t       offsetof(struct bpf_test_run_opts, retval), sizeof(struct bpf_test_run_opts));
                \tprintf("%zu %zu\\n", offsetof(struct bpf_prog_info, id), offsetof(struct bpf_prog_info, recursion_misses));
                \tprintf("%zu\\n", offsetof(struct bpf_object_open_opts, object_name));
                \tprintf("%zu %zu %zu\\n", sizeof(struct btf_type), sizeof(struct btf_var_secinfo),
                \t       offsetof(struct btf_var_secinfo, offset));
                \tprintf("%d %d %d %d\\n", BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_FUNC, BTF_KIND_DATASEC);
                \treturn 0;
                }
                """);
        Path program = folder.resolve("offsets");
        BpfTesting.run("clang", "-o", program.toString(), source.toString());
        assertEquals(String.format("%d %d %d %d %d%n%d %d%n8%n12 12 4%n%d %d %d %d%n",
                TestRunOptions.SZ, TestRunOptions.CTX_IN, TestRunOptions.CTX_SIZE_IN, TestRunOptions.RETVAL, TestRunOptions.SIZE,
                ProgramInfo.ID, ProgramInfo.RECURSION_MISSES,
                Libbpf.BTF_KIND_STRUCT, Libbpf.BTF_KIND_TYPEDEF, Libbpf.BTF_KIND_FUNC, Libbpf.BTF_KIND_DATASEC),
                BpfTesting.run(program.toString()));
    }
}
