package dev.netflight.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The kinds of value that option keys share. Each parser answers with the value or throws {@link BadValue} with the
 * reason; nothing else comes out of them, whatever the text.
 */
final class OptionValues {
    /** {@code IFNAMSIZ} less the closing zero byte. */
    private static final int LONGEST_INTERFACE_NAME = 15;

    /** {@code MAX_INTERFACES} of the kernel programs. */
    private static final int MOST_INTERFACES = 8;

    /** Longer runs are surely a slip, and below it a duration in nanoseconds fits a {@code long} many times. */
    private static final Duration LONGEST_DURATION = Duration.ofDays(366);

    private OptionValues() {}

    /** {@return a decimal number within bounds} ASCII digits only: {@code Long.parseLong} takes any script's, and signs. */
    static long number(String text, long lowest, long highest) throws BadValue {
        if (text.startsWith("-") && isDigits(text.substring(1))) {
            throw new BadValue("the least is " + lowest);
        }
        if (!isDigits(text)) {
            throw new BadValue("it is not a whole number");
        }
        // 18 digits always fit a long.
        long value = text.length() <= 18 ? Long.parseLong(text) : Long.MAX_VALUE;
        if (value < lowest) {
            throw new BadValue("the least is " + lowest);
        }
        if (value > highest) {
            throw new BadValue("the most is " + highest);
        }
        return value;
    }

    /** {@return a number of bytes; {@code k}, {@code m} and {@code g} stand for 2^10, 2^20 and 2^30} */
    static long bytes(String text, long lowest, long highest) throws BadValue {
        int shift = text.isEmpty() ? 0 : switch (text.charAt(text.length() - 1)) {
            case 'k', 'K' -> 10;
            case 'm', 'M' -> 20;
            case 'g', 'G' -> 30;
            default -> 0;
        };
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        if (!isDigits(digits)) {
            throw new BadValue("it is not a number of bytes such as 65536, 64k, 16m or 1g");
        }
        // 18 digits always fit a long, and are compared before the shift could drop bits.
        long number = digits.length() <= 18 ? Long.parseLong(digits) : Long.MAX_VALUE;
        long value = number > highest >> shift ? Long.MAX_VALUE : number << shift;
        if (value < lowest) {
            throw new BadValue("the least is " + inUnits(lowest));
        }
        if (value > highest) {
            throw new BadValue("the most is " + inUnits(highest));
        }
        return value;
    }

    /** {@return a number of bytes that the kernel takes as a ring buffer's size, which is a power of two} */
    static long ring(String text, long lowest, long highest) throws BadValue {
        long value = bytes(text, lowest, highest);
        long below = Long.highestOneBit(value);
        if (below != value) {
            throw new BadValue("it is not a power of two; the next are " + inUnits(below) + " and "
                    + inUnits(below << 1));
        }
        return value;
    }

    /** {@return a positive length of time with its unit} */
    static Duration duration(String text) throws BadValue {
        int unitAt = 0;
        while (unitAt < text.length() && isDigit(text.charAt(unitAt))) {
            unitAt++;
        }
        String unit = text.substring(unitAt);
        if (unitAt == 0) {
            throw new BadValue("it does not begin with a whole number");
        }
        long unitMillis = switch (unit) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "" -> throw new BadValue("its unit is missing");
            default -> throw new BadValue("its unit is none of ms, s, m, h");
        };
        long number = number(text.substring(0, unitAt), 1, LONGEST_DURATION.toMillis() / unitMillis);
        return Duration.ofMillis(number * unitMillis);
    }

    /** {@return the names of a list joined by {@code +}; empty for {@code any}} */
    static List<String> interfaces(String text) throws BadValue {
        if (text.equals("any")) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>();
        for (String name : text.split("\\+", -1)) {
            if (name.isEmpty()) {
                throw new BadValue("a name beside + is missing");
            }
            if (name.equals("any")) {
                throw new BadValue("any means every interface and stands alone");
            }
            // The kernel's dev_valid_name().
            if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_INTERFACE_NAME) {
                throw new BadValue("an interface's name has at most " + LONGEST_INTERFACE_NAME + " bytes");
            }
            if (name.equals(".") || name.equals("..")
                    || name.chars().anyMatch(c -> c == '/' || c == ':' || c <= ' ' || c == 0x7f)) {
                throw new BadValue("no interface can have such a name");
            }
            names.add(name);
        }
        if (names.size() > MOST_INTERFACES) {
            throw new BadValue("at most " + MOST_INTERFACES + " can be named");
        }
        return List.copyOf(names);
    }

    /** {@return a path that this JVM's file system can name} */
    static Path path(String text) throws BadValue {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            // Without a UTF-8 locale sun.jnu.encoding is ASCII, and then a name with an umlaut is refused.
            throw new BadValue(text.indexOf('\0') >= 0 ? "a path has no zero byte"
                    : "this JVM's locale cannot write that path; start it with LC_ALL=C.UTF-8");
        }
    }

    /** {@return the constant of an enum whose name, in lower case, is the text} */
    static <E extends Enum<E>> E choice(Class<E> type, String text) throws BadValue {
        for (E constant : type.getEnumConstants()) {
            if (text(constant).equals(text)) {
                return constant;
            }
        }
        String near = Nearest.of(text, Arrays.stream(type.getEnumConstants()).map(OptionValues::text).toList());
        throw new BadValue(near == null ? "it is none of these" : "did you mean " + near + "?");
    }

    /** {@return an enum's constants as an option text writes them} */
    static String choices(Class<? extends Enum<?>> type) {
        return Arrays.stream(type.getEnumConstants()).map(OptionValues::text).collect(Collectors.joining(", "));
    }

    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** {@return a number of bytes in the largest unit that divides it} */
    static String inUnits(long bytes) {
        if (bytes == 0) {
            return "0";
        }
        int zeros = Long.numberOfTrailingZeros(bytes);
        return zeros >= 30 ? (bytes >> 30) + "g" : zeros >= 20 ? (bytes >> 20) + "m"
                : zeros >= 10 ? (bytes >> 10) + "k" : Long.toString(bytes);
    }

    /** {@return a length of time in the largest unit that divides it} */
    static String inUnits(Duration duration) {
        long millis = duration.toMillis();
        return millis % 3_600_000 == 0 ? millis / 3_600_000 + "h" : millis % 60_000 == 0 ? millis / 60_000 + "m"
                : millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(OptionValues::isDigit);
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
