package dev.netflight.control;

/**
 * An option text that cannot be followed. The message is written for the person who typed it: it names the part that is
 * wrong, what is allowed there and what to do.
 */
public final class OptionsException extends Exception {
    private static final long serialVersionUID = 1;

    OptionsException(String message) {
        // The place in our parser is of no use to that person, so no stack is taken.
        super(message, null, false, false);
    }
}
