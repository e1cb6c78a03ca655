package dev.netflight.control;

import static dev.netflight.control.Options.Verb.CHECK;
import static dev.netflight.control.Options.Verb.DUMP;
import static dev.netflight.control.Options.Verb.NONE;
import static dev.netflight.control.Options.Verb.START;

import dev.netflight.control.Options.Backend;
import dev.netflight.control.Options.Directions;
import dev.netflight.control.Options.LogLevel;
import dev.netflight.control.Options.Mode;
import dev.netflight.control.Options.Scope;
import dev.netflight.control.Options.TlsKeys;
import dev.netflight.control.Options.Verb;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One key of the option grammar: what it is called, which values it takes and with which verbs it makes sense.
 *
 * <p>A new key is a constant here, an accessor in {@link Options} and a row in {@code docs/options.md}.
 *
 * @param <T> the type of its values
 */
final class OptionKey<T> {
    /** The longest stack that is kept; a deeper one loses its outermost frames. */
    static final int DEEPEST_STACK = 1024;

    /** A TCP super-packet has at most 64 KiB of payload today and 512 KiB with BIG TCP; pcapng readers stop here. */
    static final int LARGEST_SNAPLEN = 262_144;

    private static final long SMALLEST_FILE = 1L << 12;
    private static final long LARGEST_FILE = 1L << 40;
    private static final long SMALLEST_FLIGHT = 1L << 20;
    private static final long SMALLEST_RING = 1L << 16;
    private static final long LARGEST_RING = 1L << 29;
    private static final int MOST_FILES = 100_000;

    private static final String TIME = "a whole number with its unit: ms, s, m or h, up to 366 days";
    private static final String FILE_SIZE = "bytes, 4k to 1024g";

    private static final Set<Verb> ALWAYS = EnumSet.allOf(Verb.class);
    private static final Set<Verb> CAPTURE = EnumSet.of(START, CHECK);
    private static final Set<Verb> OUTPUT = EnumSet.of(START, CHECK, DUMP);
    private static final Set<Verb> SET_UP = EnumSet.of(NONE, START, CHECK);

    static final OptionKey<OutputFile> FILE = new OptionKey<>("file", OUTPUT, "/tmp/shop-%p.pcapng",
            "a path, in which %p is the process id, %t the start time, %n the rotation number and %% a percent sign, "
                    + "or unix:PATH", OutputFile::parse, OutputFile::toString);
    static final OptionKey<String> FILTER = new OptionKey<>("filter", CAPTURE, "tcp port 443",
            "a pcap-filter(7) expression", text -> text, text -> text);
    static final OptionKey<Integer> SNAPLEN = number("snaplen", CAPTURE, "128",
            "bytes of each packet, 0 to " + LARGEST_SNAPLEN + ", where 0 keeps the whole packet", 0, LARGEST_SNAPLEN);
    static final OptionKey<List<String>> INTERFACE = new OptionKey<>("interface", CAPTURE, "eth0+lo",
            "names joined by +, or any", OptionValues::interfaces,
            names -> names.isEmpty() ? "any" : String.join("+", names));
    static final OptionKey<Directions> DIRECTION = choice("direction", CAPTURE, "inout", Directions.class);
    static final OptionKey<Scope> SCOPE = choice("scope", CAPTURE, "process", Scope.class);
    static final OptionKey<StackSampling> STACKS = new OptionKey<>("stacks", CAPTURE, "100/s",
            "all, off, or a rate such as 100/s, from 1/s to " + StackSampling.Rate.HIGHEST + "/s on each connection",
            StackSampling::parse, StackSampling::toString);
    static final OptionKey<Integer> STACKDEPTH = number("stackdepth", CAPTURE, "64",
            "frames, 1 to " + DEEPEST_STACK, 1, DEEPEST_STACK);
    static final OptionKey<Long> COUNT = new OptionKey<>("count", CAPTURE, "1000", "packets, at least 1",
            text -> OptionValues.number(text, 1, Long.MAX_VALUE - 1), String::valueOf);
    static final OptionKey<Duration> DURATION = duration("duration", "30s");
    static final OptionKey<Long> MAXSIZE = bytes("maxsize", "100m", FILE_SIZE, SMALLEST_FILE, LARGEST_FILE);
    static final OptionKey<Duration> MAXAGE = duration("maxage", "1h");
    static final OptionKey<Integer> FILES = number("files", CAPTURE, "5", "files to keep, 1 to " + MOST_FILES, 1,
            MOST_FILES);
    static final OptionKey<Mode> MODE = choice("mode", CAPTURE, "file", Mode.class);
    static final OptionKey<Long> SIZE = bytes("size", "64m", "bytes, 1m to 1024g", SMALLEST_FLIGHT, LARGEST_FILE);
    static final OptionKey<DumpTriggers> DUMPON = new OptionKey<>("dumpon", CAPTURE, "end+reset",
            DumpTriggers.ALLOWED, DumpTriggers::parse, DumpTriggers::toString);
    static final OptionKey<TlsKeys> TLSKEYS = choice("tlskeys", CAPTURE, "off", TlsKeys.class);
    static final OptionKey<Backend> BACKEND = choice("backend", CAPTURE, "auto", Backend.class);
    static final OptionKey<Long> RING = new OptionKey<>("ring", CAPTURE, "16m", "bytes, a power of two from 64k to 512m",
            text -> OptionValues.ring(text, SMALLEST_RING, LARGEST_RING), OptionValues::inUnits);
    static final OptionKey<Path> RESULT = path("result", ALWAYS, "/tmp/netflight.answer");
    /** The command line's own: where root offers kernel programs to a JVM that may not load any. */
    static final OptionKey<Path> HELPER = path("helper", EnumSet.of(START), "/tmp/netflight.helper");
    static final OptionKey<LogLevel> LOGLEVEL = choice("loglevel", ALWAYS, "warn", LogLevel.class);
    static final OptionKey<Path> DIR = path("dir", SET_UP, "/var/tmp");

    /** In the order in which the documentation has them. */
    static final List<OptionKey<?>> ALL = List.of(FILE, FILTER, SNAPLEN, INTERFACE, DIRECTION, SCOPE, STACKS,
            STACKDEPTH, COUNT, DURATION, MAXSIZE, MAXAGE, FILES, MODE, SIZE, DUMPON, TLSKEYS, BACKEND, RING, RESULT,
            HELPER, LOGLEVEL, DIR);

    private final String name;
    private final Set<Verb> verbs;
    private final String example;
    private final String allowed;
    private final Parser<T> parser;
    private final Function<T, String> printer;

    private OptionKey(String name, Set<Verb> verbs, String example, String allowed, Parser<T> parser,
            Function<T, String> printer) {
        this.name = name;
        this.verbs = Collections.unmodifiableSet(verbs);
        this.example = example;
        this.allowed = allowed;
        this.parser = parser;
        this.printer = printer;
    }

    /** {@return the key that is called so, or {@code null}} */
    static OptionKey<?> named(String name) {
        for (OptionKey<?> key : ALL) {
            if (key.name.equals(name)) {
                return key;
            }
        }
        return null;
    }

    String name() {
        return name;
    }

    /** {@return the verbs it can be given with} */
    Set<Verb> verbs() {
        return verbs;
    }

    /** {@return a value that this key takes} */
    String example() {
        return example;
    }

    /** {@return the values it takes, to stand after "takes"} */
    String allowed() {
        return allowed;
    }

    /** {@return the value that the text stands for} Never {@code null}. */
    T parse(String text) throws BadValue {
        return parser.parse(text);
    }

    /** {@return a value of this key as {@link #parse} reads it} */
    @SuppressWarnings("unchecked") // only Options calls it, with what parse() gave
    String print(Object value) {
        return printer.apply((T) value);
    }

    @Override
    public String toString() {
        return name;
    }

    @FunctionalInterface
    private interface Parser<T> {
        T parse(String text) throws BadValue;
    }

    private static OptionKey<Integer> number(String name, Set<Verb> verbs, String example, String allowed, int lowest,
            int highest) {
        return new OptionKey<>(name, verbs, example, allowed,
                text -> (int) OptionValues.number(text, lowest, highest), String::valueOf);
    }

    private static OptionKey<Long> bytes(String name, String example, String allowed, long lowest, long highest) {
        return new OptionKey<>(name, CAPTURE, example, allowed, text -> OptionValues.bytes(text, lowest, highest),
                OptionValues::inUnits);
    }

    private static OptionKey<Duration> duration(String name, String example) {
        return new OptionKey<>(name, CAPTURE, example, TIME, OptionValues::duration, OptionValues::inUnits);
    }

    private static OptionKey<Path> path(String name, Set<Verb> verbs, String example) {
        return new OptionKey<>(name, verbs, example, "a path", OptionValues::path, Path::toString);
    }

    private static <E extends Enum<E>> OptionKey<E> choice(String name, Set<Verb> verbs, String example,
            Class<E> type) {
        return new OptionKey<>(name, verbs, example, OptionValues.choices(type),
                text -> OptionValues.choice(type, text), OptionValues::text);
    }
}
