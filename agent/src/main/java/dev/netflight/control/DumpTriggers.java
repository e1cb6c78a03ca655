package dev.netflight.control;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** For what a capture in flight mode writes a dump by itself. */
public record DumpTriggers(Set<Trigger> triggers) {
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

    static final DumpTriggers NONE = new DumpTriggers(Set.of());
    /** Where only a file was named. */
    static final DumpTriggers AT_END = new DumpTriggers(Set.of(Trigger.END));

    /** {@return the triggers that a value of the key {@code dumpon} names} */
    static DumpTriggers parse(String value) throws BadValue {
        if (value.equals(OFF)) {
            return NONE;
        }
        Set<Trigger> triggers = EnumSet.noneOf(Trigger.class);
        for (String word : value.split("\\+", -1)) {
            if (word.equals(OFF)) {
                throw new BadValue("off means nothing and stands alone");
            }
            triggers.add(OptionValues.choice(Trigger.class, word));
        }
        return new DumpTriggers(triggers);
    }

    boolean has(Trigger trigger) {
        return triggers.contains(trigger);
    }

    @Override
    public String toString() {
        return triggers.isEmpty() ? OFF
                : triggers.stream().sorted().map(OptionValues::text).collect(Collectors.joining("+"));
    }
}
