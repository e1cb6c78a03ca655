package dev.netflight.libbpf;

import java.lang.foreign.MemorySegment;

/**
 * The calling OS thread as another user, until it is closed; the process's other threads stay who they are. For root, who
 * works in the file system of somebody who may lay traps there, or in a user namespace that has no such user as root. Made and
 * closed by one platform thread.
 */
public final class AsUser implements AutoCloseable {
    private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));
    private static final long SYS_SETRESUID = ARM ? 147 : 117;
    private static final long SYS_SETRESGID = ARM ? 149 : 119;
    private static final int PR_SET_SECUREBITS = 28;
    /** linux/securebits.h: a change of the user leaves the capabilities as they are. */
    private static final int SECBIT_NO_SETUID_FIXUP = 4;
    private static final int UNCHANGED = -1;

    private static final MemorySegment SETFSUID = NativeCall.libc("setfsuid");
    private static final MemorySegment SETFSGID = NativeCall.libc("setfsgid");
    private static final MemorySegment PRCTL = NativeCall.libc("prctl");
    private static final MemorySegment SYSCALL = NativeCall.libc("syscall");

    private final boolean isWhole;
    private final int uid;
    private final int gid;

    private AsUser(boolean isWhole, int uid, int gid) {
        this.isWhole = isWhole;
        this.uid = uid;
        this.gid = gid;
    }

    /** With no more rights to files than that user, setfsuid(2): root's own to pass by their modes are gone too. */
    public static AsUser forFiles(long uid, long gid) {
        int ownGid = NativeCall.intResult(SETFSGID, (int) gid, 0, 0, 0, 0, 0);
        return new AsUser(false, NativeCall.intResult(SETFSUID, (int) uid, 0, 0, 0, 0, 0), ownGid);
    }

    /**
     * As that user to whoever looks, by its effective ids, with root's capabilities.
     *
     * @throws BpfException where we are not root
     */
    public static AsUser whole(long uid, long gid) {
        checked("prctl", NativeCall.intResult(PRCTL, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0, 0));
        AsUser now = new AsUser(true, 0, 0);
        now.become((int) uid, (int) gid);
        return now;
    }

    private void become(int user, int group) {
        checked("setresgid", (int) NativeCall.longResult(SYSCALL, SYS_SETRESGID, UNCHANGED, group, UNCHANGED, 0, 0));
        checked("setresuid", (int) NativeCall.longResult(SYSCALL, SYS_SETRESUID, UNCHANGED, user, UNCHANGED, 0, 0));
    }

    private static void checked(String function, int result) {
        if (result < 0) {
            throw new BpfException(function, "this thread", -result);
        }
    }

    /** Who it was before. */
    @Override
    public void close() {
        if (isWhole) {
            become(uid, gid);
            checked("prctl", NativeCall.intResult(PRCTL, PR_SET_SECUREBITS, 0, 0, 0, 0, 0));
        } else {
            NativeCall.intResult(SETFSUID, uid, 0, 0, 0, 0, 0);
            NativeCall.intResult(SETFSGID, gid, 0, 0, 0, 0, 0);
        }
    }
}
