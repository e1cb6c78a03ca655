package dev.netflight.it;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The truth of {@link dev.netflight.it.app.Submitters}, as their bytes tell it. */
final class SubmitterMarks {
    /** {@code <submit-3:three:000042:…>} */
    private static final Pattern MARK = Pattern.compile("<?submit-(\\d):([a-z]+):\\d{6}:");

    private SubmitterMarks() {}

    /** Whether a thread is one of them. */
    static boolean isSubmitter(String thread) {
        return thread.startsWith("submit-");
    }

    /** Who handed over what is in a payload, as {@link CapturedOrigin#toString}; neighbours that are the same are one. */
    static List<String> marks(String payload) {
        var marks = new ArrayList<String>();
        Matcher matcher = MARK.matcher(payload);
        while (matcher.find()) {
            add(marks, "submit-" + matcher.group(1) + " Submitters." + matcher.group(2));
        }
        return marks;
    }

    /** Neighbours that are the same are one. */
    static void add(List<String> all, String next) {
        if (all.isEmpty() || !all.getLast().equals(next)) {
            all.add(next);
        }
    }
}
