package dev.netflight.hook;

import dev.netflight.model.OperationKind;

/** What a library's own native returns for a socket, as the JDK's methods would say it. */
final class NativeResult {
    private static final int CONNECT = OperationKind.CONNECT.code;
    private static final int ACCEPT = OperationKind.ACCEPT.code;
    private static final int READ = OperationKind.READ.code;
    /** Values of {@code sun.nio.ch.IOStatus}. */
    private static final long END = -1;
    private static final long UNAVAILABLE = -2;
    private static final long THROWN = -5;
    /** Negative errno values. */
    private static final long AGAIN = -11;
    private static final long IN_PROGRESS = -115;

    private NativeResult() {}

    /** @param result bytes moved, a new descriptor, 0, or a negative errno */
    static long ofLibrary(int kind, long result) {
        if (result == AGAIN || result == IN_PROGRESS) {
            return UNAVAILABLE;
        }
        if (result < 0) {
            return THROWN;
        }
        if (kind == READ && result == 0) {
            return END;
        }
        return kind == CONNECT || kind == ACCEPT ? 1 : result;
    }
}
