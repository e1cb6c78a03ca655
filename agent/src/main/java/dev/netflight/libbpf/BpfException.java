package dev.netflight.libbpf;

/**
 * A native failure: the function, its argument, the errno's name and number, and what to do about it.
 *
 * <p>The message is made for a person, for instance
 * {@code bpf_object__load(netflight) failed with EPERM (1). Netflight lacks CAP_BPF and CAP_PERFMON: …}.
 */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String function;
    private final String argument;
    private final int errno;
    private final String log;
    private final String remedy;

    /** @param errno positive */
    public BpfException(String function, String argument, int errno) {
        this(function, argument, errno, "");
    }

    /** @param log what libbpf said, with the verifier's log if there was one; may be empty */
    BpfException(String function, String argument, int errno, String log) {
        this(function, argument, errno, log, Remedy.of(function, errno, log));
    }

    private BpfException(String function, String argument, int errno, String log, String remedy) {
        super(sentence(function, argument, errno, log, remedy));
        this.function = function;
        this.argument = argument;
        this.errno = errno;
        this.log = log;
        this.remedy = remedy;
    }

    /** A failure before any call: {@code message} says it all. */
    BpfException(String message) {
        super(message);
        this.function = "";
        this.argument = "";
        this.errno = 0;
        this.log = "";
        this.remedy = "";
    }

    private static String sentence(String function, String argument, int errno, String log, String remedy) {
        StringBuilder text = new StringBuilder(160).append(function).append('(').append(argument)
                .append(") failed with ").append(Errno.describe(errno));
        // libbpf's guess about a refused permission (memlock, CONFIG_BPF_SYSCALL) would stand in the remedy's way
        String line = errno == Errno.EPERM && !log.contains(LibbpfLog.BEGIN) ? "" : LibbpfLog.decisiveLine(log);
        if (!line.isEmpty()) {
            text.append(": ").append(line);
        }
        if (text.charAt(text.length() - 1) != '.') {
            text.append('.');
        }
        if (!remedy.isEmpty()) {
            text.append(' ').append(remedy);
        }
        return text.toString();
    }

    /** The C function, for instance {@code bpf_object__load}; empty if none was called. */
    public String function() {
        return function;
    }

    /** What it was called with, as words. */
    public String argument() {
        return argument;
    }

    /** Positive; 0 if no function was called. */
    public int errno() {
        return errno;
    }

    /** Everything libbpf and the verifier said, lines as they were; empty if nothing. */
    public String log() {
        return log;
    }

    /** What to do about it; empty if nothing is known. */
    public String remedy() {
        return remedy;
    }
}
