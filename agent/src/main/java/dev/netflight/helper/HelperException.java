package dev.netflight.helper;

/** A helper did not do its part. The message is a sentence for a user. */
public final class HelperException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HelperException(String message, Throwable cause) {
        super(message, cause);
    }
}
