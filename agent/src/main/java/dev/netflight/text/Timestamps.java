package dev.netflight.text;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Locale;

/** Times before the lines: {@code -t} in its degrees. */
final class Timestamps {
    private static final int NANOS = 1_000_000_000;

    private final int style;
    private final boolean nano;
    private final ZoneId zone = ZoneId.systemDefault();
    private long firstSeconds;
    private int firstNanos;
    private boolean any;

    Timestamps(TextOptions options) {
        this.style = options.time();
        this.nano = options.nano();
    }

    void print(StringBuilder text, long seconds, int exactNanos) {
        int nanos = nano ? exactNanos : exactNanos / 1_000 * 1_000;
        switch (style) {
            case 1 -> { }
            case 2 -> {
                text.append(seconds).append('.');
                fraction(text, nanos);
                text.append(' ');
            }
            case 3, 5 -> since(text, seconds, nanos);
            case 0 -> {
                clock(text, local(seconds));
                fraction(text, nanos);
                text.append(' ');
            }
            default -> {
                ZonedDateTime time = local(seconds);
                text.append(String.format(Locale.ROOT, "%04d-%02d-%02d ", time.getYear(), time.getMonthValue(),
                        time.getDayOfMonth()));
                clock(text, time);
                fraction(text, nanos);
                text.append(' ');
            }
        }
    }

    /** A file may claim any number; a year beyond 9999 is none that is worth showing. */
    private ZonedDateTime local(long seconds) {
        return Instant.ofEpochSecond(Math.clamp(seconds, 0, 253_402_214_400L)).atZone(zone);
    }

    private void since(StringBuilder text, long seconds, int nanos) {
        if (!any) {
            any = true;
            firstSeconds = seconds;
            firstNanos = nanos;
        }
        long past = seconds - firstSeconds;
        long part = nanos - firstNanos;
        if (style == 3) {
            firstSeconds = seconds;
            firstNanos = nanos;
        }
        boolean negative = past < 0 || past == 0 && part < 0;
        if (negative) {
            past = -past;
            part = -part;
        }
        if (part < 0) {
            past--;
            part += NANOS;
        }
        text.append(negative ? '-' : ' ');
        two(text, past / 3_600).append(':');
        two(text, past / 60 % 60).append(':');
        two(text, past % 60).append('.');
        fraction(text, (int) part);
        text.append(' ');
    }

    private static void clock(StringBuilder text, ZonedDateTime time) {
        two(text, time.getHour()).append(':');
        two(text, time.getMinute()).append(':');
        two(text, time.getSecond()).append('.');
    }

    private static StringBuilder two(StringBuilder text, long number) {
        return number < 10 ? text.append('0').append(number) : text.append(number);
    }

    private void fraction(StringBuilder text, int nanos) {
        String digits = Integer.toString(nano ? nanos : nanos / 1_000);
        text.repeat('0', (nano ? 9 : 6) - digits.length()).append(digits);
    }
}
