package dev.netflight.control;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * For what a capture in flight mode writes a dump by itself.
 *
 * @param exceptions names of classes: when one of these is made, or one of a subclass
 */
public record DumpTriggers(Set<Trigger> triggers, Set<String> exceptions) {
    /** Something that happens. */
    public enum Trigger {
        /** The capture ends, by {@code stop}, by itself, or with the JVM. */
        END,
        /** A TCP reset was sent or received. */
        RESET,
        /** Many segments had to be sent again. */
        RETRANSMISSIONS
    }

    private static final String OFF = "off";

    private static final String EXCEPTION = "exception:";
    /** What the JVM itself makes where nothing else goes any more, and what every exception is. */
    private static final Set<String> REFUSED = Set.of("java.lang.Object", "java.lang.Throwable", "java.lang.Error",
            "java.lang.VirtualMachineError", "java.lang.InternalError", "java.lang.OutOfMemoryError",
            "java.lang.StackOverflowError");

    static final String ALLOWED = OptionValues.choices(Trigger.class) + " and " + EXCEPTION
            + "CLASS, several joined by +, or off";

    static final DumpTriggers NONE = new DumpTriggers(Set.of(), Set.of());
    /** Where only a file was named. */
    static final DumpTriggers AT_END = new DumpTriggers(Set.of(Trigger.END), Set.of());

    /** {@return the triggers that a value of the key {@code dumpon} names} */
    static DumpTriggers parse(String value) throws BadValue {
        if (value.equals(OFF)) {
            return NONE;
        }
        Set<Trigger> triggers = EnumSet.noneOf(Trigger.class);
        Set<String> exceptions = new TreeSet<>();
        for (String word : value.split("\\+", -1)) {
            if (word.equals(OFF)) {
                throw new BadValue("off means nothing and stands alone");
            }
            if (word.startsWith(EXCEPTION)) {
                exceptions.add(exception(word.substring(EXCEPTION.length())));
            } else {
                triggers.add(OptionValues.choice(Trigger.class, word));
            }
        }
        return new DumpTriggers(triggers, exceptions);
    }

    private static String exception(String name) throws BadValue {
        if (!isClassName(name)) {
            throw new BadValue("after " + EXCEPTION + " the whole name of a class must stand");
        }
        if (REFUSED.contains(name)) {
            throw new BadValue(name + " is too general, or made by the JVM itself: name an exception class");
        }
        return name;
    }

    private static boolean isClassName(String name) {
        return !name.isEmpty() && Stream.of(name.split("\\.", -1)).allMatch(part -> !part.isEmpty()
                && Character.isJavaIdentifierStart(part.charAt(0))
                && part.chars().allMatch(Character::isJavaIdentifierPart));
    }

    boolean isEmpty() {
        return triggers.isEmpty() && exceptions.isEmpty();
    }

    boolean has(Trigger trigger) {
        return triggers.contains(trigger);
    }

    @Override
    public String toString() {
        return isEmpty() ? OFF : Stream.concat(triggers.stream().sorted().map(OptionValues::text),
                exceptions.stream().map(EXCEPTION::concat)).collect(Collectors.joining("+"));
    }
}
