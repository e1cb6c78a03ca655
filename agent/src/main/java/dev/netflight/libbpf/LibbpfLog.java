package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * What libbpf says while it is asked to: its warnings and the verifier's log, caught by an upcall.
 *
 * <p>Made only after a failure, since an upcall stub costs 20 ms and more. libbpf has one print function for the whole
 * process, so one log is open at a time: the constructor waits for the other. Confined to the thread that opened it.
 */
final class LibbpfLog implements AutoCloseable {
    /** libbpf puts the verifier's log between two such lines. */
    static final String BEGIN = "-- BEGIN PROG LOAD LOG --";
    private static final String END = "-- END PROG LOAD LOG --";
    /** {@code va_list} is passed as a pointer to 24 (x86-64) or 32 (arm64) bytes; it is copied because it can be walked once only. */
    private static final int VA_LIST_BYTES = "aarch64".equals(System.getProperty("os.arch")) ? 32 : 24;
    /** {@code LIBBPF_WARN}; a failing load's debug messages would fill megabytes. */
    private static final int LIBBPF_WARN = 0;
    private static final java.util.concurrent.locks.ReentrantLock ONE = new java.util.concurrent.locks.ReentrantLock();
    private static StringBuilder text; // guarded by ONE

    private final Arena arena = Arena.ofConfined();
    private final Libbpf libbpf;

    LibbpfLog(Libbpf libbpf) {
        this.libbpf = libbpf;
        ONE.lock();
        try {
            text = new StringBuilder();
            var target = MethodHandles.lookup().findStatic(LibbpfLog.class, "print",
                    MethodType.methodType(int.class, int.class, MemorySegment.class, MemorySegment.class));
            MemorySegment stub = Linker.nativeLinker().upcallStub(target,
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    arena);
            libbpf.libbpf_set_print(stub.address());
        } catch (ReflectiveOperationException | RuntimeException | Error problem) {
            arena.close();
            ONE.unlock();
            throw new IllegalStateException("No upcall for libbpf's messages", problem);
        }
    }

    /** What was said so far. */
    String text() {
        return text.toString();
    }

    @Override
    public void close() {
        if (ONE.isHeldByCurrentThread() && arena.scope().isAlive()) {
            libbpf.libbpf_set_print(0);
            arena.close();
            text = null;
            ONE.unlock();
        }
    }

    /** libbpf_print_fn_t. An exception that left an upcall would end the JVM. */
    @SuppressWarnings("unused") // called from C
    private static int print(int level, MemorySegment format, MemorySegment arguments) {
        try (Arena arena = Arena.ofConfined()) {
            if (level != LIBBPF_WARN || !ONE.isHeldByCurrentThread()) {
                return 0;
            }
            MemorySegment copy = arena.allocate(VA_LIST_BYTES, 8);
            copy.copyFrom(arguments.reinterpret(VA_LIST_BYTES));
            int length = Libc.vsnprintf(0, 0, format.address(), copy.address());
            if (length > 0) {
                MemorySegment buffer = arena.allocate(length + 1L);
                Libc.vsnprintf(buffer.address(), length + 1L, format.address(), arguments.address());
                // not getString: a verifier's log may hold bytes that are no UTF-8
                byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                text.append(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
            }
        } catch (Throwable lost) {
            // the message is lost, the failure itself is still reported
        }
        return 0;
    }

    /** {@return the verifier's words about a program as libbpf frames them} */
    static String framed(String program, String words) {
        return "prog '" + program + "': " + BEGIN + "\n" + words + "\n" + END + "\n";
    }

    /**
     * The one line of {@code log} that says why: the verifier's last words before its statistics, or libbpf's first
     * warning that names a cause.
     */
    static String decisiveLine(String log) {
        if (log.isEmpty()) {
            return "";
        }
        int begin = log.lastIndexOf(BEGIN);
        if (begin >= 0) {
            int from = log.indexOf('\n', begin) + 1;
            int to = log.indexOf(END, from);
            String best = "";
            for (String line : log.substring(from, to < 0 ? log.length() : to).split("\n")) {
                String stripped = line.strip();
                // what follows the reason: counters, and libbpf's own frame ("libbpf: prog 'x': ")
                if (!stripped.isEmpty() && !stripped.startsWith("processed ") && !stripped.startsWith("verification time")
                        && !stripped.startsWith("stack depth") && !stripped.startsWith("max_states")
                        && !stripped.startsWith("libbpf:") && !stripped.startsWith("arg#")) {
                    best = stripped;
                }
            }
            return program(log, begin) + best;
        }
        for (String line : log.split("\n")) {
            String stripped = line.startsWith("libbpf: ") ? line.substring(8).strip() : line.strip();
            if (!stripped.isEmpty()) {
                return stripped;
            }
        }
        return "";
    }

    /** {@code program 'x': } from the line that holds the marker at {@code begin}. */
    private static String program(String log, int begin) {
        int start = log.lastIndexOf('\n', begin) + 1;
        String line = log.substring(start, begin);
        int quote = line.indexOf("prog '");
        int end = quote < 0 ? -1 : line.indexOf('\'', quote + 6);
        return end < 0 ? "" : "program " + line.substring(quote + 6, end) + ": ";
    }
}
