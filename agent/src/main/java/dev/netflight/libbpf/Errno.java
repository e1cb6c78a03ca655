package dev.netflight.libbpf;

/**
 * Names and texts of Linux error numbers ({@code asm-generic/errno-base.h} and {@code errno.h}, the same on x86-64 and
 * arm64). A C library's own {@code strerror} would need a call shape more and could be localised.
 */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int ENOSYS = 38;
    public static final int EOPNOTSUPP = 95;
    public static final int ENOBUFS = 105;
    /** Kernel-internal, but bpf(2) lets it through: an operation the kernel has no support for. */
    public static final int ENOTSUPP = 524;

    // index = number
    private static final String[] NAMES = ("0 EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM "
            + "EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG "
            + "ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP 41 ENOMSG "
            + "EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT "
            + "58 EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP "
            + "EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART "
            + "ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT "
            + "EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED "
            + "ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH "
            + "EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED "
            + "ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON").split(" ");

    // libbpf's own, from LIBBPF_ERRNO__ 4000 on (libbpf/libbpf.h)
    private static final int LIBBPF_FIRST = 4000;
    private static final String[] LIBBPF = ("LIBELF FORMAT KVERSION ENDIAN INTERNAL RELOC LOAD VERIFY PROG2BIG KVER PROGTYPE "
            + "WRNGPID INVSEQ NLPARSE").split(" ");

    private Errno() {
    }

    /** {@code EPERM} for 1; {@code errno 4095} for a number without a name. The sign does not matter. */
    public static String name(int errno) {
        int number = Math.abs(errno);
        if (number == ENOTSUPP) {
            return "ENOTSUPP";
        }
        if (number >= LIBBPF_FIRST && number < LIBBPF_FIRST + LIBBPF.length) {
            return "LIBBPF_ERRNO__" + LIBBPF[number - LIBBPF_FIRST];
        }
        if (number == 0 || number >= NAMES.length || Character.isDigit(NAMES[number].charAt(0))) {
            return "errno " + number;
        }
        return NAMES[number];
    }

    /** {@code EPERM (1)}: the form all messages use. The sign does not matter. */
    public static String describe(int errno) {
        String name = name(errno);
        return name.startsWith("errno") ? name : name + " (" + Math.abs(errno) + ")";
    }
}
