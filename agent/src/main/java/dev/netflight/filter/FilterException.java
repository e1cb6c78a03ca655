package dev.netflight.filter;

/** An expression cannot be used; the message is a sentence for its author, in libpcap's words where libpcap refused it. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1;

    FilterException(String message) {
        super(message);
    }
}
