package dev.netflight.control;

/** A command that cannot be carried out; the message is a sentence for who gave it, with the remedy. */
public final class CaptureException extends Exception {
    private static final long serialVersionUID = 1;

    CaptureException(String sentence) {
        super(sentence);
    }

    CaptureException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
