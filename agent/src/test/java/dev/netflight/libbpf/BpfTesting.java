package dev.netflight.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What tests of the real kernel need: permission, and an object compiled on the spot. */
public final class BpfTesting {
    private static byte[] ringTest;

    private BpfTesting() {
    }

    /** libbpf, or the test is left out with the reason. A kernel that should be able to and is not makes the test fail. */
    public static Libbpf requireBpf() {
        List<String> missing = Capabilities.current().missingForTracing();
        assumeTrue(missing.isEmpty(), "left out: BPF needs " + missing + " (run as root)");
        return requireLibbpf();
    }

    /** libbpf without permission to load anything. */
    public static Libbpf requireLibbpf() {
        NativeLibrary.Result result = NativeLibrary.find();
        assumeTrue(result instanceof NativeLibrary.Found, () -> "left out: " + result);
        return new Libbpf(((NativeLibrary.Found) result).library());
    }

    /** The bytes of {@code src/test/bpf/ring_test.bpf.c}, compiled once. */
    public static synchronized byte[] ringTestObject() {
        if (ringTest == null) {
            ringTest = compile(source("ring_test.bpf.c"));
        }
        return ringTest.clone();
    }

    /** The bytes of another program of {@code src/test/bpf}. It may include what {@code bpf/src} has. */
    public static byte[] object(String source) {
        return compile(source(source));
    }

    private static Path source(String name) {
        return existing(name, "src/test/bpf", "agent/src/test/bpf");
    }

    private static Path existing(String name, String... folders) {
        for (String folder : folders) {
            Path path = Path.of(folder, name);
            if (Files.exists(path)) {
                return path;
            }
        }
        throw new IllegalStateException("run the tests from the project's folder: " + folders[0] + "/" + name + " is not there");
    }

    private static byte[] compile(Path source) {
        try {
            Path folder = Files.createTempDirectory("netflight-bpf");
            try {
                Path object = folder.resolve("test.bpf.o");
                run("clang", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-Wno-unused-function",
                        "-I" + existing("", "../bpf/src", "bpf/src"), "-D__TARGET_ARCH_"
                                + ("aarch64".equals(System.getProperty("os.arch")) ? "arm64" : "x86"),
                        "-I/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu",
                        "-c", source.toString(), "-o", object.toString());
                return Files.readAllBytes(object);
            } finally {
                delete(folder);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Runs a command to its end and gives its output; fails with the output if it fails. */
    static String run(String... command) throws IOException {
        assumeTrue(onPath(command[0]), "left out: " + command[0] + " is not installed");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        try {
            process.waitFor(1, TimeUnit.MINUTES);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + "\n" + output);
        return output;
    }

    private static boolean onPath(String program) {
        if (program.startsWith("/")) {
            return Files.isExecutable(Path.of(program));
        }
        for (String folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    /** The descriptors of this process that are BPF programs, maps, links or BTF. */
    public static List<String> openBpfDescriptors() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.contains("bpf") || target.contains("btf")) {
                        found.add(target);
                    }
                } catch (IOException gone) {
                    // the listing's own descriptor
                }
            }
        }
        return found;
    }
}
