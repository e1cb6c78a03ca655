package dev.netflight.control;

import java.util.Collection;
import java.util.Locale;

/** Finds the word that a mistyped one was probably meant to be. */
final class Nearest {
    /** No word of ours is nearly as long; it also bounds the work on hostile text. */
    private static final int LONGEST = 32;

    private Nearest() {}

    /** {@return the nearest of the words, or {@code null} when none is near} */
    static String of(String typed, Collection<String> words) {
        String text = typed.strip().toLowerCase(Locale.ROOT);
        if (text.isEmpty() || text.length() > LONGEST) {
            return null;
        }
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String word : words) {
            boolean abbreviated = text.length() >= 3 && word.startsWith(text);
            boolean drawnOut = word.length() >= 3 && text.startsWith(word);
            int distance = abbreviated || drawnOut ? 1 : distance(text, word);
            int near = Math.min(text.length(), word.length()) <= 4 ? 1 : 2;
            if (distance <= near && distance < bestDistance) {
                best = word;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** Letters added, left out, changed or exchanged with their neighbour (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int changed = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + changed);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
