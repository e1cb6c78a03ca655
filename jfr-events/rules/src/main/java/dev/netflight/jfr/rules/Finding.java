package dev.netflight.jfr.rules;

import java.util.List;
import java.util.Locale;

/**
 * What a rule has found.
 *
 * @param score       0 to 100; from 25 on it is worth a look, from 75 on a warning
 * @param summary     one sentence
 * @param explanation what it means
 * @param solution    what to do
 * @param frames      the application's frames it comes from, the heaviest first
 */
record Finding(double score, String summary, String explanation, String solution, List<String> frames) {
    private static final double INFO = 25;
    private static final double WARNING = 75;

    static Finding none(String summary) {
        return new Finding(0, summary, null, null, List.of());
    }

    /**
     * {@return a score that grows with {@code value}}
     *
     * @param info    where it is worth a look, above 0
     * @param warning where it is a warning, above {@code info}
     */
    static double score(double value, double info, double warning) {
        if (value < info) {
            return INFO * value / info * 0.99;
        }
        if (value < warning) {
            return INFO + (WARNING - INFO) * (value - info) / (warning - info);
        }
        return WARNING + (100 - WARNING) * (1 - warning / value);
    }

    static String millis(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : "%,.0f ms", millis);
    }

    /** @param share 0 to 1 */
    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
