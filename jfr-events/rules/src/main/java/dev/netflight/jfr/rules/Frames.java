package dev.netflight.jfr.rules;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts frames, to name the heaviest. */
final class Frames {
    private static final int NAMED = 3;

    private final Map<String, Long> counts = new HashMap<>();

    /** @param frame {@code null} is left out */
    void add(String frame) {
        if (frame != null) {
            counts.merge(frame, 1L, Long::sum);
        }
    }

    List<String> heaviest() {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(NAMED).map(Map.Entry::getKey).toList();
    }
}
