package dev.netflight.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code -r FILE}, by which tcpdump's users read a file: the same as {@code read FILE}, wherever it stands. */
final class FileToRead {
    private static final Set<String> COMMANDS = Set.of("capture", "read");
    private static final String READ = "read";
    /** Flags without a value may stand before it, as in {@code -nr FILE}, and the file right behind it. */
    private static final Pattern FLAGS = Pattern.compile("-([nqvetxXASUl#]*)r(.*)");

    private FileToRead() {}

    /** {@return the arguments with the file where {@code read} has it, or as they were} */
    static String[] first(String[] arguments) {
        if (arguments.length == 0 || !COMMANDS.contains(arguments[0])) {
            return arguments;
        }
        for (int i = 1; i < arguments.length; i++) {
            Matcher flags = FLAGS.matcher(arguments[i]);
            boolean attached = flags.matches() && !flags.group(2).isEmpty();
            if (attached || flags.matches() && i + 1 < arguments.length) {
                List<String> rest = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
                String file = attached ? flags.group(2) : rest.remove(i);
                if (flags.group(1).isEmpty()) {
                    rest.remove(i - 1);
                } else {
                    rest.set(i - 1, "-" + flags.group(1));
                }
                rest.addAll(0, List.of(READ, file));
                return rest.toArray(String[]::new);
            }
        }
        return arguments;
    }
}
