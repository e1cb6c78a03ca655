package dev.netflight.boot;

/** The JDK that the core needs. */
final class Jdk {
    private static final int NEEDED = 25;

    private Jdk() {}

    /** @throws UnsupportedOperationException on an older JDK, with one sentence that names what was found and the remedy */
    static void requireSupported() {
        if (Runtime.version().feature() < NEEDED) {
            throw new UnsupportedOperationException("it needs JDK " + NEEDED + " or later, and this is JDK "
                    + Runtime.version() + " at " + System.getProperty("java.home") + "; use a JDK " + NEEDED + ".");
        }
    }
}
