package dev.netflight.libbpf;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The native library this process uses: found once, loaded once, never unloaded.
 *
 * <p>Order of search:
 * <ol>
 * <li>the file named by the system property {@code netflight.native}; if it is set, nothing else is tried,
 * <li>the resource {@code native/linux-<arch>/libnetflight.so} (libbpf, libelf, zlib and libpcap in one), loaded through
 *     an anonymous file (memfd_create, Linux 3.17) so that nothing is written to disk and {@code noexec} on {@code /tmp}
 *     does not matter,
 * <li>the system's {@code libbpf.so.1}; there is no libpcap then.
 * </ol>
 *
 * <p>Not finding one is an answer, not an error: {@link Missing} says what was tried and how to help.
 */
public final class NativeLibrary {
    /** System property: path of a library to use in place of the bundled one. */
    public static final String PROPERTY = "netflight.native";
    /** The least libbpf whose errors are −errno and NULL throughout. */
    private static final String SYSTEM_LIBBPF = "libbpf.so.1";

    /** What the search came to. */
    public sealed interface Result permits Found, Missing {
    }

    /** A library that has libbpf's functions. */
    public record Found(NativeLibrary library) implements Result {
    }

    /** None: {@code message} is a sentence or two with the remedy. */
    public record Missing(String message) implements Result {
    }

    private static Result result;

    private final SymbolLookup symbols;
    private final String origin;

    private NativeLibrary(SymbolLookup symbols, String origin) {
        this.symbols = symbols;
        this.origin = origin;
    }

    /** Searches on the first call, answers the same on every later one. Any thread. */
    public static synchronized Result find() {
        if (result == null) {
            result = search(System.getProperty(PROPERTY), resourceName(), SYSTEM_LIBBPF);
        }
        return result;
    }

    /** The library, for callers that cannot go on without. @throws BpfException with the message of {@link Missing} */
    public static NativeLibrary required() {
        // no pattern switch and no string concatenation where all goes well: each bootstraps an invokedynamic at start-up
        Result answer = find();
        if (answer instanceof Found found) {
            return found.library;
        }
        throw new BpfException(((Missing) answer).message);
    }

    /** Where it came from, for {@code status}: a path, {@code bundled}, or {@code system libbpf.so.1}. */
    public String origin() {
        return origin;
    }

    /** Whether libpcap's functions are in it (the system's libbpf has none). */
    public boolean hasPcap() {
        return find("pcap_compile").address() != 0;
    }

    /** The function's address; {@link MemorySegment#NULL} (address 0) if the library has none of that name. */
    public MemorySegment find(String function) {
        MemorySegment address = symbols.find(function).orElse(null);
        return address == null ? MemorySegment.NULL : NativeCall.global(address);
    }

    static Result search(String property, String resource, String system) {
        if (property != null && !property.isEmpty()) {
            return fromProperty(property);
        }
        StringBuilder tried = new StringBuilder();
        try {
            SymbolLookup bundled = bundled(resource);
            if (bundled == null) {
                tried.append("this build carries no ").append(resource);
            } else if (bundled.find("bpf_object__open_mem").isPresent()) {
                return new Found(new NativeLibrary(bundled, "bundled"));
            } else {
                tried.append("the bundled ").append(resource).append(" lacks libbpf's functions");
            }
        } catch (IOException | IllegalArgumentException | BpfException problem) {
            tried.append("the bundled ").append(resource).append(" could not be loaded: ").append(problem.getMessage());
        }
        try {
            return new Found(new NativeLibrary(SymbolLookup.libraryLookup(system, Arena.global()), "system " + system));
        } catch (IllegalArgumentException problem) {
            return new Missing("No libbpf: " + tried + ", and the system has no " + system
                    + ". Install libbpf 1.0 or newer (Debian: apt-get install libbpf1) or name a library with -D"
                    + PROPERTY + "=/path/libnetflight.so.");
        }
    }

    private static Result fromProperty(String property) {
        Path path = Path.of(property);
        if (!Files.isReadable(path)) {
            return new Missing("No libbpf: " + PROPERTY + " names " + property
                    + ", which cannot be read. Correct the path, or leave the property out to use the bundled library.");
        }
        if (!isElf(path)) { // the JVM would try it and print a warning to the application's output
            return new Missing("No libbpf: " + property + " (" + PROPERTY + ") could not be loaded: it is no ELF file. "
                    + "It must be a shared library for " + architecture() + ".");
        }
        try {
            SymbolLookup lookup = SymbolLookup.libraryLookup(path, Arena.global());
            if (lookup.find("bpf_object__open_mem").isEmpty()) {
                return new Missing("No libbpf: " + property + " (" + PROPERTY
                        + ") has no function bpf_object__open_mem. Name a library with libbpf 1.0 or newer.");
            }
            return new Found(new NativeLibrary(lookup, property));
        } catch (IllegalArgumentException problem) {
            return new Missing("No libbpf: " + property + " (" + PROPERTY + ") could not be loaded: " + problem.getMessage()
                    + ". It must be a shared library for " + architecture() + " whose own dependencies are installed.");
        }
    }

    private static boolean isElf(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] magic = in.readNBytes(4);
            return magic.length == 4 && magic[0] == 0x7f && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static SymbolLookup bundled(String resource) throws IOException {
        byte[] bytes;
        try (InputStream in = NativeLibrary.class.getResourceAsStream("/".concat(resource))) {
            if (in == null) {
                return null;
            }
            bytes = in.readAllBytes();
        }
        int fd = Libc.memfd_create("libnetflight.so", Libc.MFD_CLOEXEC | Libc.MFD_NOEXEC_SEAL);
        if (fd == -Errno.EINVAL) { // Linux < 6.3 does not know MFD_NOEXEC_SEAL
            fd = Libc.memfd_create("libnetflight.so", Libc.MFD_CLOEXEC);
        }
        if (fd < 0) {
            throw new BpfException("memfd_create", "libnetflight.so", -fd);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(bytes.length, 8);
            MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
            for (long written = 0; written < bytes.length;) {
                long n = Libc.write(fd, copy.address() + written, bytes.length - written);
                if (n < 0 && n != -Errno.EINTR) {
                    throw new BpfException("write", "memfd, " + bytes.length + " bytes", (int) -n);
                }
                written += Math.max(n, 0);
            }
            // the String overload: the one with a Path resolves the link and looks for a file that has no name
            return SymbolLookup.libraryLookup("/proc/self/fd/".concat(Integer.toString(fd)), Arena.global());
        } finally {
            Libc.close(fd); // the mapping keeps the file
        }
    }

    private static String resourceName() {
        return "native/linux-".concat(architecture()).concat("/libnetflight.so");
    }

    private static String architecture() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86-64" : arch;
    }
}
