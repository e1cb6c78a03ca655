package dev.netflight.jvm;

/** A JVM cannot be reached or did not do as it was told. The message is for a user: cause and remedy in whole sentences. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    public RefusedException(String message) {
        super(message);
    }

    public RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
