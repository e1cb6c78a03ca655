package dev.netflight.kernel;

import dev.netflight.libbpf.Libc;
import dev.netflight.libbpf.ProgramCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a thread asks of the kernel programs about itself, by running one (BPF_PROG_RUN or a {@link Door}, about a microsecond). Each
 * caller brings the index of a slot that is its own. Made for the application's threads: nothing here locks, and after
 * {@link #followProcess} has run once no class is initialised.
 */
public final class ThreadRuns implements AutoCloseable {
    private static final int NO_COOKIE = -2;
    /** A slot of the run memory that no thread has: the controlling thread's own. */
    private static final int CONTROL = CaptureProgram.SLOTS;

    private static final long AREA = 32;
    private static final long COOKIE = 8;
    private static final long COOKIE_LENGTH = 16;

    private final ProgramCalls follow;
    private final ProgramCalls register;
    private final ProgramCalls adopt;
    private final ProgramCalls query;
    private int tgid;
    private int controlGroupLevel;
    /**
     * Each slot's own, for the C library's calls, so that a virtual thread cannot unmount in them.
     *
     * <pre>
     *  0               8                16              20
     *  +---------------+----------------+---------------+--------+
     *  | errno capture | cookie         | its length    | unused |
     *  +---------------+----------------+---------------+--------+
     * </pre>
     */
    private final MemorySegment areas;

    ThreadRuns(KernelPrograms programs) {
        follow = programs.calls("follow_process", 8, 1);
        register = programs.calls("register_thread", 8, CaptureProgram.SLOTS + 1);
        adopt = programs.calls("adopt_socket", 24, CaptureProgram.SLOTS + 1);
        query = programs.calls("query_socket", 24, CaptureProgram.SLOTS + 1);
        areas = Libc.map(Arena.ofAuto(), AREA * (CaptureProgram.SLOTS + 1), Libc.PROT_READ | Libc.PROT_WRITE, -1, 0);
    }

    /** Tells the programs which process is followed, and has every run be made once. */
    void followProcess() {
        tgid = follow.checked(follow.run(0, 1));
        controlGroupLevel = follow.checked(follow.run(0, 2));
        register.checked(register.run(CONTROL, 0));
        Libc.gettid(area(CONTROL));
        adopt(-1, CONTROL, false);
        query.run(CONTROL, -1, 0, 0);
        giveCookie(-1, CONTROL);
    }

    /** The process's id as the initial PID namespace counts. */
    int tgid() {
        return tgid;
    }

    int controlGroupLevel() {
        return controlGroupLevel;
    }

    /** Ties the calling OS thread to a slot. @return its tid, or a negative errno */
    public int register(int slotIndex) {
        int result = register.run(slotIndex, slotIndex + 1L);
        return result < 0 ? result : Libc.gettid(area(slotIndex));
    }

    /**
     * Follows the TCP or UDP socket of a descriptor as it is now, and tells the caller's slot of a TCP socket.
     *
     * @return whether it is one
     */
    public boolean adopt(int fd, int slotIndex) {
        return adopt(fd, slotIndex, false);
    }

    private boolean adopt(int fd, int slotIndex, boolean found) {
        int result = adopt.run(slotIndex, fd, found ? 1 : 0, 0);
        if (result == NO_COOKIE && giveCookie(fd, slotIndex)) {
            result = adopt.run(slotIndex, fd, found ? 1 : 0, 0);
        }
        return result == 0;
    }

    /** Has the caller's slot filled with what its call moved. @return whether the descriptor is a TCP or UDP socket */
    public boolean query(int fd, boolean sent, long bytes, int slotIndex) {
        int result = query.run(slotIndex, fd, bytes, sent ? 1 : 0);
        if (result == NO_COOKIE && giveCookie(fd, slotIndex)) {
            result = query.run(slotIndex, fd, bytes, sent ? 1 : 0);
        }
        return result == 0;
    }

    /** The kernel gives a socket its cookie when it is first asked for it. */
    private boolean giveCookie(int fd, int slotIndex) {
        MemorySegment area = area(slotIndex);
        area.set(ValueLayout.JAVA_INT, COOKIE_LENGTH, Long.BYTES);
        return Libc.getsockopt(area, fd, Libc.SOL_SOCKET, Libc.SO_COOKIE, area.address() + COOKIE,
                area.address() + COOKIE_LENGTH) == 0;
    }

    private MemorySegment area(int slotIndex) {
        return areas.asSlice(AREA * slotIndex, AREA);
    }

    /**
     * Follows every TCP and UDP socket that the process has open.
     *
     * @return how many there are
     * @throws IOException if {@code /proc/self/fd} cannot be read
     */
    public int adoptOpenSockets() throws IOException {
        int found = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (isSocket(descriptor) && adopt(Integer.parseInt(descriptor.getFileName().toString()), CONTROL, true)) {
                    found++;
                }
            }
        }
        return found;
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    @Override
    public void close() {
        follow.close();
        register.close();
        adopt.close();
        query.close();
    }
}
