package dev.netflight.control;

/** What is wrong with one value, as the middle part of an {@link OptionsException}'s sentence. */
final class BadValue extends Exception {
    private static final long serialVersionUID = 1;

    BadValue(String reason) {
        super(reason, null, false, false);
    }
}
