package dev.netflight.control;

import dev.netflight.control.Options.TlsKeys;
import java.util.List;
import java.util.function.Predicate;

/**
 * What the grammar knows and this version does not do yet. A feature that arrives takes its line out of
 * {@link #MISSING}; nothing else has to change here or in the parser.
 */
final class OptionAvailability {
    private static final List<Missing> MISSING = List.of(
            new Missing("tlskeys=embed", options -> options.tlsKeys() == TlsKeys.EMBED,
                    "leave it out; what TLS carries stays encrypted in the file"));

    private OptionAvailability() {}

    static void check(Options options) throws OptionsException {
        for (Missing missing : MISSING) {
            if (missing.asked.test(options)) {
                throw new OptionsException(missing.what + " is not available in this version: " + missing.instead
                        + ".");
            }
        }
    }

    /**
     * @param what    as a user writes it
     * @param asked   whether the options ask for it
     * @param instead what to do, to stand after a colon
     */
    private record Missing(String what, Predicate<Options> asked, String instead) {}
}
