package dev.netflight.control;

/**
 * What Netflight has to tell of itself: the logger {@code dev.netflight}, through {@link System.Logger}.
 *
 * <p>Before the application's {@code main} no logger is touched, because that would fix the logging system before the
 * application could choose it (JBoss LogManager, {@code java.util.logging.manager}): then a warning is one line on
 * {@code System.err}.
 */
final class Log {
    private static final String NAME = "dev.netflight";
    private static volatile Options.LogLevel level = Options.LogLevel.WARN;

    private Log() {}

    static void level(Options.LogLevel newLevel) {
        level = newLevel;
    }

    static void warn(boolean beforeMain, String sentence) {
        if (level == Options.LogLevel.OFF || level == Options.LogLevel.ERROR) {
            return;
        }
        if (beforeMain) {
            System.err.println("netflight: " + sentence);
        } else {
            System.getLogger(NAME).log(System.Logger.Level.WARNING, sentence);
        }
    }

    static void info(String sentence) {
        if (level.level().getSeverity() <= System.Logger.Level.INFO.getSeverity() && level != Options.LogLevel.OFF) {
            System.getLogger(NAME).log(System.Logger.Level.INFO, sentence);
        }
    }
}
