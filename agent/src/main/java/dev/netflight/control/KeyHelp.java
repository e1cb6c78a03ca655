package dev.netflight.control;

import java.util.List;

/**
 * A key of the grammar as the command line offers it.
 *
 * @param allowed the values it takes, to stand after "takes"
 */
public record KeyHelp(String name, String allowed, String example) {

    /** {@return the keys that go with a verb, but for those that the command line gives itself: {@code result} and {@code helper}} */
    public static List<KeyHelp> of(Options.Verb verb) {
        return OptionKey.ALL.stream()
                .filter(key -> key.verbs().contains(verb) && key != OptionKey.RESULT && key != OptionKey.HELPER)
                .map(key -> new KeyHelp(key.name(), key.allowed(), key.example()))
                .toList();
    }
}
