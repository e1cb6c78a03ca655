package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfMap;
import dev.netflight.libbpf.Errno;
import dev.netflight.libbpf.Libc;
import dev.netflight.libbpf.NativeCall;
import dev.netflight.libbpf.ProgramCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;

/**
 * Runs the programs that a process calls where it may not use bpf(2): by a send on a socket, {@code bpf/src/door.h}. Each thread
 * slot has a place for what it asks, and each program that has one caller only.
 *
 * <pre>
 *  struct request                                 CALL_… of netflight.h
 *  0                            56     60      64
 *  +----------------------------+------+--------+
 *  | u64 args[7]                | call | answer |
 *  +----------------------------+------+--------+
 * </pre>
 */
public final class Door {
    private static final List<String> CALLS = List.of("follow_process", "register_thread", "adopt_socket", "query_socket",
            "forget_connection", "sweep_datagrams", "find_control_groups");
    private static final int REQUEST = 64;
    private static final int CALL = 56;
    private static final int ANSWER = 60;
    /** Thread slots and the controlling thread's, then one for each program; the first of these has number 1. */
    static final int PLACES = CaptureProgram.SLOTS + 1 + CALLS.size() + 1;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private final int socket;
    private final MemorySegment requests;
    /** Nobody reads what is sent. */
    private final MemorySegment message;
    private final MemorySegment errors;
    /** Each made by its place's first user; a lost race makes an equal one. */
    private final MemorySegment[] errorOf = new MemorySegment[PLACES];

    /** @param socket must stay open as long as calls are made */
    public Door(BpfMap requests, int socket) {
        this.socket = socket;
        // unmapped when nobody can run any more
        this.requests = requests.map(Arena.ofAuto(), true);
        this.message = Libc.map(Arena.ofAuto(), PLACES, Libc.PROT_READ, -1, 0);
        this.errors = Libc.map(Arena.ofAuto(), (long) PLACES * Long.BYTES, Libc.PROT_READ | Libc.PROT_WRITE, -1, 0);
    }

    /** @param slots 1, or one for each thread slot and the controlling thread's */
    public ProgramCalls calls(String program, int slots) {
        int call = CALLS.indexOf(program) + 1;
        return new Calls(program, call, slots == 1 ? CaptureProgram.SLOTS + call : 0);
    }

    private MemorySegment errorOf(int place) {
        MemorySegment error = errorOf[place];
        if (error == null) {
            error = errors.asSlice((long) place * Long.BYTES, Long.BYTES);
            errorOf[place] = error;
        }
        return error;
    }

    private final class Calls implements ProgramCalls {
        private final String program;
        private final int call;
        private final int base;
        private volatile boolean closed;

        Calls(String program, int call, int base) {
            this.program = program;
            this.call = call;
            this.base = base;
        }

        private long at(int slot) {
            return (long) (base + slot) * REQUEST;
        }

        @Override
        public int run(int slot, long argument) {
            requests.set(ValueLayout.JAVA_LONG, at(slot), argument);
            return run(slot);
        }

        @Override
        public int run(int slot, long first, long second, long third) {
            long at = at(slot);
            requests.set(ValueLayout.JAVA_LONG, at, first);
            requests.set(ValueLayout.JAVA_LONG, at + 8, second);
            requests.set(ValueLayout.JAVA_LONG, at + 16, third);
            return run(slot);
        }

        @Override
        public MemorySegment context(int slot) {
            return requests.asSlice(at(slot), CALL);
        }

        @Override
        public int run(int slot) {
            if (closed) {
                return -Errno.EBADF;
            }
            long at = at(slot);
            int place = base + slot;
            requests.set(ValueLayout.JAVA_INT, at + CALL, call);
            requests.set(ValueLayout.JAVA_INT, at + ANSWER, -Errno.ENOSYS);
            MemorySegment error = errorOf(place);
            long sent = Libc.send(error, socket, message.address(), place + 1L, MSG_DONTWAIT | MSG_NOSIGNAL);
            Reference.reachabilityFence(message);
            return sent < 0 ? -NativeCall.errno(error) : requests.get(ValueLayout.JAVA_INT, at + ANSWER);
        }

        @Override
        public int checked(int answer) {
            if (answer < 0) {
                throw new BpfException("send", "the door, " + program, -answer);
            }
            return answer;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
