package dev.netflight.libbpf;

/** libpcap refused; the message is its own, such as {@code can't parse filter expression: syntax error}. */
public final class PcapException extends Exception {
    private static final long serialVersionUID = 1;

    PcapException(String message) {
        super(message);
    }
}
