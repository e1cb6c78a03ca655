package dev.netflight.cli;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** The time in a file's name, by the letters of strftime(3) that {@code tcpdump -G} takes. */
final class FileTime {
    private static final Map<Character, String> PATTERNS = Map.ofEntries(Map.entry('Y', "yyyy"), Map.entry('y', "yy"),
            Map.entry('m', "MM"), Map.entry('d', "dd"), Map.entry('H', "HH"), Map.entry('M', "mm"), Map.entry('S', "ss"),
            Map.entry('j', "DDD"), Map.entry('F', "yyyy-MM-dd"), Map.entry('T', "HH:mm:ss"), Map.entry('b', "MMM"),
            Map.entry('a', "EEE"));

    private FileTime() {}

    /** {@return the pattern with the time of now in the place of its letters} Others stay as they are. */
    static String format(String pattern) {
        return format(pattern, ZonedDateTime.now());
    }

    static String format(String pattern, ZonedDateTime time) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            char letter = c == '%' && i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
            if (letter == '%') {
                name.append('%');
                i++;
            } else if (letter == 's') {
                name.append(time.toEpochSecond());
                i++;
            } else if (PATTERNS.containsKey(letter)) {
                name.append(DateTimeFormatter.ofPattern(PATTERNS.get(letter), Locale.ROOT).format(time));
                i++;
            } else {
                name.append(c);
            }
        }
        return name.toString();
    }
}
