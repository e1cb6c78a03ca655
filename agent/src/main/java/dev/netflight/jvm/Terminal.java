package dev.netflight.jvm;

/** Text of others on its way to a terminal. */
public final class Terminal {
    private Terminal() {}

    /** {@return the text with ? for each control character but line feed and tab} So no escape sequence reaches the terminal. */
    public static String safe(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isUnsafe(text.charAt(i))) {
                StringBuilder safe = new StringBuilder(text);
                for (int k = i; k < safe.length(); k++) {
                    if (isUnsafe(safe.charAt(k))) {
                        safe.setCharAt(k, '?');
                    }
                }
                return safe.toString();
            }
        }
        return text;
    }

    private static boolean isUnsafe(char c) {
        return Character.isISOControl(c) && c != '\n' && c != '\t';
    }
}
