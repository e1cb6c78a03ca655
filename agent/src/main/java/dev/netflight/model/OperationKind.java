package dev.netflight.model;

/**
 * What a Java thread asked of a socket; {@link #START} is that of a process, {@link #LOOKUP} that of a host's addresses.
 * {@link #code} is the number that woven code and the kernel programs use.
 */
public enum OperationKind {
    CONNECT(1), ACCEPT(2), READ(3), WRITE(4), SEND(5), RECEIVE(6), SENDFILE(7), SHUTDOWN(8), CLOSE(9), START(10), LOOKUP(11);

    private static final OperationKind[] BY_CODE = new OperationKind[12];

    static {
        for (OperationKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    /** 1 to 11; 0 is no operation. */
    public final int code;

    /** The lower-case word used in pcapng comments and JFR events, such as {@code sendfile}. */
    public final String word;

    OperationKind(int code) {
        this.code = code;
        this.word = name().toLowerCase(java.util.Locale.ROOT);
    }

    /** @throws IndexOutOfBoundsException if {@code code} is not 1 to 11 */
    public static OperationKind of(int code) {
        return BY_CODE[code];
    }
}
