package dev.netflight.libbpf;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The one native call shape of this package: {@code long f(long, long, long, long, long, long)} with errno captured.
 *
 * <p>Every C function used here takes at most six integers or pointers, so all of them are called through a single
 * method handle. That is a matter of start-up: the first downcall handle costs 80–100 ms and 11 MB, each further
 * <em>shape</em> another 5–10 ms, a further function of the same shape nothing. Arguments a function does not have are
 * passed as 0 and ignored by the callee (System V AMD64 and AAPCS64 pass them in registers). An argument of type
 * {@code int} or {@code bool} is read from the low bits by the callee; a result of type {@code int} leaves the upper
 * half undefined, which is why {@link #intResult} cuts it off before it is extended again.
 *
 * <p><b>errno and threads.</b> errno is stored into a 4-byte <em>capture segment</em> at the end of the call, before the
 * thread can be descheduled from its carrier. Two threads must not share such a segment if they mean to read it.
 * {@link #longResult} and {@link #intResult} use one segment per thread (also per virtual thread), which a thread's first call
 * makes: that takes a lock of the JDK's cleaner, and a virtual thread that waits for it may come back on another carrier. So
 * callers on an application's threads pass a preallocated one of their own to {@link #call}, which neither allocates nor locks.
 */
public final class NativeCall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"));
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();

    private static final ThreadLocal<MemorySegment> CAPTURE_OF_THREAD = new ThreadLocal<>() {
        @Override
        protected MemorySegment initialValue() {
            return Arena.ofAuto().allocate(CAPTURE);
        }
    };

    /** Bytes a capture segment needs; it is aligned to 4. */
    public static final int CAPTURE_BYTES = (int) CAPTURE.byteSize();

    private NativeCall() {
    }

    /**
     * Calls {@code function} with the caller's own capture segment.
     *
     * @param function address of the function, as {@link NativeLibrary#find} or {@link #libc} gave it
     * @param capture at least {@link #CAPTURE_BYTES}, aligned to 4, used by no other thread at the same time
     * @return the raw 64-bit result register; for an {@code int} function only the low half means anything
     */
    public static long call(MemorySegment function, MemorySegment capture,
            long a, long b, long c, long d, long e, long f) {
        try {
            return (long) CALL.invokeExact(function, capture, a, b, c, d, e, f);
        } catch (RuntimeException | Error problem) {
            throw problem;
        } catch (Throwable problem) {
            throw new AssertionError(problem); // a downcall handle throws nothing checked
        }
    }

    /** The calling thread's own, for {@link #call}. */
    static MemorySegment captureOfThread() {
        return CAPTURE_OF_THREAD.get();
    }

    /** errno as {@link #call} left it in {@code capture}; meaningful only after a failure. */
    public static int errno(MemorySegment capture) {
        return capture.get(ValueLayout.JAVA_INT, 0);
    }

    /**
     * Calls a function whose result is an {@code int}: negative results other than −1 (libbpf's −errno) are passed on,
     * −1 becomes −errno.
     */
    static int intResult(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MemorySegment capture = CAPTURE_OF_THREAD.get();
        int result = (int) call(function, capture, a, b, c, d, e, f);
        return result == -1 ? -errnoOr(capture, Errno.EPERM) : result;
    }

    /** Calls a function whose result is a {@code long}, {@code ssize_t} or an address where −1 says failure: −1 becomes −errno. */
    static long longResult(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MemorySegment capture = CAPTURE_OF_THREAD.get();
        long result = call(function, capture, a, b, c, d, e, f);
        return result == -1 ? -errnoOr(capture, Errno.EPERM) : result;
    }

    /** Calls a function whose result is a pointer: NULL becomes −errno (−ENOENT where the function left errno at 0). */
    static long pointerResult(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MemorySegment capture = CAPTURE_OF_THREAD.get();
        long result = call(function, capture, a, b, c, d, e, f);
        return result == 0 ? -errnoOr(capture, Errno.ENOENT) : result;
    }

    // For libbpf a plain -1 is -EPERM, returned as such with errno set to EPERM too; for libc it is "see errno". Both agree.
    private static int errnoOr(MemorySegment capture, int otherwise) {
        int errno = errno(capture);
        return errno > 0 ? errno : otherwise;
    }

    /**
     * Finds a function of libc.
     *
     * @throws UnsatisfiedLinkError if this libc has none of that name
     */
    static MemorySegment libc(String name) {
        MemorySegment address = LIBC.find(name).orElse(null);
        if (address == null) {
            throw new UnsatisfiedLinkError("The C library of this system has no function " + name);
        }
        return global(address);
    }

    /**
     * The same address without a lifetime: libraries are never unloaded here, and a segment of the global scope spares
     * each call the acquire and release of its session.
     */
    static MemorySegment global(MemorySegment address) {
        return MemorySegment.ofAddress(address.address());
    }
}
