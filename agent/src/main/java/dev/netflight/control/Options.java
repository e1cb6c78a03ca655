package dev.netflight.control;

import dev.netflight.kernel.PacketBackend;
import dev.netflight.model.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a user asked for: a verb and its options, read from the one grammar that {@code -javaagent}, {@code jcmd}, the
 * command line and JMX share.
 *
 * <pre>
 * text    = [verb] *( "," key "=" value )        key ":" value is taken as well
 * verb    = start / stop / status / dump / check
 * </pre>
 *
 * <p>A comma inside a value is written {@code \,}. Backslashes mean something only where they stand directly before a
 * comma: there {@code \\} is one backslash, so that a value can also end in one.
 *
 * <p>Immutable; all accessors answer with the default where a key was not given. No file is touched and no name looked
 * up here: a path that cannot be written or an interface that does not exist is found when the capture starts.
 */
public final class Options {
    private static final int DEFAULT_SNAPLEN = 128;
    private static final int DEFAULT_STACK_DEPTH = 64;
    private static final long DEFAULT_FLIGHT_SIZE = 64L << 20;

    /** Of a user's text so much is shown in a message. */
    private static final int LONGEST_QUOTE = 60;

    /** What is to be done. */
    public enum Verb {
        /** Nothing but to be ready. */
        NONE,
        /** Begin a capture. */
        START,
        /** End it. */
        STOP,
        /** Tell how it stands. */
        STATUS,
        /** Write what flight mode has kept. */
        DUMP,
        /** Tell what machine and JVM allow. */
        CHECK;

        private static final List<String> WORDS =
                Stream.of(START, STOP, STATUS, DUMP, CHECK).map(OptionValues::text).toList();

        private static Verb named(String word) {
            return WORDS.contains(word) ? valueOf(word.toUpperCase(Locale.ROOT)) : null;
        }

        @Override
        public String toString() {
            return this == NONE ? "" : OptionValues.text(this);
        }
    }

    /** Which packets, by the way they go. */
    public enum Directions {
        IN, OUT, INOUT;

        /** {@return whether packets that go this way are captured} */
        public boolean includes(Direction direction) {
            return this == INOUT || this == switch (direction) {
                case INBOUND -> IN;
                case OUTBOUND -> OUT;
            };
        }
    }

    /** Whose packets. */
    public enum Scope {
        /** This JVM's. */
        PROCESS,
        /** And those of what it forks. */
        CHILDREN,
        /** All of its cgroup. */
        CGROUP
    }

    /** What becomes of the packets. */
    public enum Mode {
        /** They are written as they come. */
        FILE,
        /** The newest are kept in memory until {@link Verb#DUMP}. */
        FLIGHT
    }

    /** Whether the file carries what decrypts its TLS sessions. */
    public enum TlsKeys {
        OFF, EMBED
    }

    /** Where the kernel programs that take packets are attached. */
    public enum Backend {
        AUTO, TRACEPOINT, TC, CGROUP;

        /** The one that is asked for, {@code null} for the best. */
        PacketBackend kernels() {
            return this == AUTO ? null : PacketBackend.values()[ordinal() - TRACEPOINT.ordinal()];
        }
    }

    /** How much is logged. */
    public enum LogLevel {
        OFF(System.Logger.Level.OFF), ERROR(System.Logger.Level.ERROR), WARN(System.Logger.Level.WARNING),
        INFO(System.Logger.Level.INFO), DEBUG(System.Logger.Level.DEBUG);

        private final System.Logger.Level level;

        LogLevel(System.Logger.Level level) {
            this.level = level;
        }

        /** {@return the least severe level that is logged} */
        public System.Logger.Level level() {
            return level;
        }
    }

    private final Verb verb;
    private final Map<OptionKey<?>, Object> given;

    private Options(Verb verb, Map<OptionKey<?>, Object> given) {
        this.verb = verb;
        this.given = given;
    }

    /**
     * {@return what the text asks for}
     *
     * @param text as the agent received it; {@code null} and a blank one ask for nothing
     * @throws OptionsException for everything that is wrong with it, in a sentence for its author
     */
    public static Options parse(String text) throws OptionsException {
        Verb verb = Verb.NONE;
        Map<OptionKey<?>, Object> given = new LinkedHashMap<>();
        if (text != null && !text.isBlank()) {
            List<Segment> segments = Segment.of(text);
            for (int i = 0; i < segments.size(); i++) {
                Segment segment = segments.get(i);
                String word = segment.name();
                if (i == 0 && segment.value() == null && (word.isEmpty() || Verb.named(word) != null)) {
                    verb = word.isEmpty() ? Verb.NONE : Verb.named(word);
                } else {
                    add(given, segment, i == 0, text);
                }
            }
        }
        Options options = new Options(verb, given);
        options.requireSense();
        OptionAvailability.check(options);
        return options;
    }

    /**
     * {@return the file that wants the answer} For the answer "your options are wrong" too: so whatever else the text
     * has, a well-formed {@code result=} in it counts.
     */
    public static Optional<Path> resultFile(String text) {
        if (text == null) {
            return Optional.empty();
        }
        for (Segment segment : Segment.of(text)) {
            if (segment.name().equals(OptionKey.RESULT.name()) && segment.hasValue()) {
                try {
                    return Optional.of(OptionKey.RESULT.parse(segment.value()));
                } catch (BadValue e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    private static void add(Map<OptionKey<?>, Object> given, Segment segment, boolean first, String text)
            throws OptionsException {
        OptionKey<?> key = OptionKey.named(segment.name());
        if (key == null) {
            throw unknown(segment, first);
        }
        if (!segment.hasValue()) {
            throw new OptionsException("The key " + key + " has no value: " + key + " takes " + key.allowed()
                    + ". jcmd cuts options at the first = unless they stand in double quotes inside the single ones: "
                    + jcmd(text.substring(0, segment.nameEnd()) + "=" + key.example()));
        }
        if (given.containsKey(key)) {
            throw new OptionsException("The key " + key + " is given twice: leave one of them out.");
        }
        try {
            given.put(key, key.parse(segment.value()));
        } catch (BadValue e) {
            throw new OptionsException(key + "=" + quote(segment.value()) + " is not allowed: " + e.getMessage() + ". "
                    + key + " takes " + key.allowed() + ", for example " + key + "=" + key.example() + ".");
        }
    }

    private static OptionsException unknown(Segment segment, boolean first) {
        String word = segment.name();
        if (word.isEmpty()) {
            return new OptionsException(segment.value() != null
                    ? "There is no key before " + quote("=" + segment.value()) + ": write key=value."
                    : "An option between two commas, or after the last one, is empty: take the comma "
                    + "out, or write \\, where it belongs to a value.");
        }
        if (Verb.named(word) != null) {
            return new OptionsException(segment.value() != null ? "The verb " + word + " takes no value: write " + word
                    + ",key=value and so on." : "The verb " + word + " must stand first, and only one verb can be "
                    + "given: write " + word + ",key=value and so on.");
        }
        List<String> keys = OptionKey.ALL.stream().map(OptionKey::name).toList();
        boolean verbMeant = first && segment.value() == null;
        // A first word alone may be a verb or a key that lost its value; elsewhere it can only be a key.
        String near = Nearest.of(word, verbMeant ? Stream.concat(Verb.WORDS.stream(), keys.stream()).toList() : keys);
        return new OptionsException("Unknown " + (verbMeant ? "verb " : "key ") + quote(word)
                + (near == null ? ". " : "; did you mean " + near + "? ")
                + (verbMeant ? "Verbs are " + String.join(", ", Verb.WORDS) + "; without one the agent is only armed."
                        : "Keys are " + String.join(", ", keys) + ". A comma inside a value is written \\,"));
    }

    /** What no single value can be wrong about. */
    private void requireSense() throws OptionsException {
        for (OptionKey<?> key : given.keySet()) {
            if (!key.verbs().contains(verb)) {
                Set<Verb> verbs = EnumSet.copyOf(key.verbs());
                String words = verbs.stream().filter(v -> v != Verb.NONE).map(Verb::toString)
                        .collect(Collectors.joining(", "));
                throw new OptionsException(verb == Verb.NONE
                        ? "The key " + key + " needs a verb, and none is given: write start," + key + "=… to begin a "
                                + "capture. It goes with " + words + "."
                        : "The key " + key + " does not go with the verb " + verb + ": leave it out. It goes with "
                                + words + ".");
            }
        }
        if (verb == Verb.DUMP && file().filter(OutputFile::socket).isPresent()) {
            throw new OptionsException("A dump cannot go to file=unix:PATH: name a file.");
        }
        boolean rotates = has(OptionKey.MAXSIZE) || has(OptionKey.MAXAGE);
        if (has(OptionKey.FILES) && !rotates && !isFlight()) {
            throw new OptionsException("files=" + given.get(OptionKey.FILES) + " needs maxsize or maxage, which say "
                    + "when the next file begins: add for example maxsize=100m.");
        }
        if (rotates && !has(OptionKey.FILE)) {
            throw new OptionsException("maxsize and maxage need a file: add file=PATH.");
        }
        if (rotates && file().orElseThrow().socket()) {
            throw new OptionsException("maxsize and maxage cannot be used with file=unix:PATH: a stream has no next "
                    + "file. Leave them out or name a file.");
        }
        if (given.get(OptionKey.MODE) == Mode.FILE && !has(OptionKey.FILE)) {
            throw new OptionsException("mode=file needs a file: add file=PATH.");
        }
        if (isFlight()) {
            requireSenseInFlight(rotates);
        } else if (has(OptionKey.SIZE)) {
            throw new OptionsException("size needs mode=flight, whose memory it bounds: add mode=flight, or use maxsize "
                    + "to bound a file.");
        } else if (has(OptionKey.DUMPON)) {
            throw new OptionsException("dumpon needs mode=flight, which keeps what is dumped: add mode=flight.");
        }
    }

    private void requireSenseInFlight(boolean rotates) throws OptionsException {
        if (rotates) {
            throw new OptionsException("maxsize and maxage cannot be used with mode=flight, which keeps the newest "
                    + "size bytes in memory: use size.");
        }
        if (file().filter(OutputFile::socket).isPresent()) {
            throw new OptionsException("file=unix:PATH cannot be used with mode=flight, whose dumps are files: name a "
                    + "file, or stream without mode=flight.");
        }
        if (!has(OptionKey.FILE) && (has(OptionKey.FILES) || !dumpOn().isEmpty())) {
            throw new OptionsException("dumpon and files need a name for the dumps: add file=PATH.");
        }
    }

    /**
     * Appends an option to a text in this grammar, with its value escaped.
     *
     * @param text begins with a verb
     */
    public static void append(StringBuilder text, String key, String value) {
        Segment.append(text, key, value);
    }

    /** {@return what to do} */
    public Verb verb() {
        return verb;
    }

    /** {@return where the packets go; empty when no file is wanted} */
    public Optional<OutputFile> file() {
        return value(OptionKey.FILE);
    }

    /** {@return a pcap-filter(7) expression, not compiled yet} */
    public Optional<String> filter() {
        return value(OptionKey.FILTER);
    }

    /** {@return bytes kept of each packet, 0 for all of them} */
    public int snaplen() {
        return value(OptionKey.SNAPLEN).orElse(DEFAULT_SNAPLEN);
    }

    /** {@return the names of the interfaces to capture on, without repetition; empty for any} */
    public List<String> interfaces() {
        return value(OptionKey.INTERFACE).orElse(List.of());
    }

    /** {@return which way the captured packets go} */
    public Directions direction() {
        return value(OptionKey.DIRECTION).orElse(Directions.INOUT);
    }

    /** {@return whose packets} */
    public Scope scope() {
        return value(OptionKey.SCOPE).orElse(Scope.PROCESS);
    }

    /** {@return of which operations the stack is kept} */
    public StackSampling stacks() {
        return value(OptionKey.STACKS).orElse(new StackSampling.All());
    }

    /** {@return frames kept of a stack, from 1 to 1024} */
    public int stackDepth() {
        return value(OptionKey.STACKDEPTH).orElse(DEFAULT_STACK_DEPTH);
    }

    /** {@return packets after which the capture ends by itself, at least 1} */
    public OptionalLong count() {
        return value(OptionKey.COUNT).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /** {@return the time after which the capture ends by itself, at least 1 ms} */
    public Optional<Duration> duration() {
        return value(OptionKey.DURATION);
    }

    /** {@return bytes after which the next file begins} */
    public OptionalLong maxSize() {
        return value(OptionKey.MAXSIZE).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /** {@return the time after which the next file begins} */
    public Optional<Duration> maxAge() {
        return value(OptionKey.MAXAGE);
    }

    /** {@return how many files a rotation keeps; empty for all} */
    public OptionalInt files() {
        return value(OptionKey.FILES).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    /** {@return what becomes of the packets; empty when neither a mode nor a file was given} */
    public Optional<Mode> mode() {
        return value(OptionKey.MODE).or(() -> file().map(file -> Mode.FILE));
    }

    /** {@return bytes that {@link Mode#FLIGHT} keeps} */
    public long flightSize() {
        return value(OptionKey.SIZE).orElse(DEFAULT_FLIGHT_SIZE);
    }

    /** {@return whether the newest packets are kept in memory until somebody asks for them} */
    public boolean isFlight() {
        return given.get(OptionKey.MODE) == Mode.FLIGHT;
    }

    /** {@return for what {@link Mode#FLIGHT} writes a dump by itself} */
    public DumpTriggers dumpOn() {
        return value(OptionKey.DUMPON).orElse(has(OptionKey.FILE) ? DumpTriggers.AT_END : DumpTriggers.NONE);
    }

    /** {@return whether TLS secrets go into the file} */
    public TlsKeys tlsKeys() {
        return value(OptionKey.TLSKEYS).orElse(TlsKeys.OFF);
    }

    /** {@return where the programs are attached} */
    public Backend backend() {
        return value(OptionKey.BACKEND).orElse(Backend.AUTO);
    }

    /** {@return bytes of the ring between kernel and JVM, a power of two; empty for what fits the machine} */
    public OptionalInt ring() {
        return value(OptionKey.RING).map(size -> OptionalInt.of(size.intValue())).orElse(OptionalInt.empty());
    }

    /** {@return the file that receives this command's answer} */
    public Optional<Path> result() {
        return value(OptionKey.RESULT);
    }

    /** {@return the socket of a helper that has loaded the kernel programs; empty where this JVM loads them} */
    public Optional<Path> helper() {
        return value(OptionKey.HELPER);
    }

    /** {@return how much is logged from now on; empty: as before, and {@link LogLevel#WARN} at first} */
    public Optional<LogLevel> logLevel() {
        return value(OptionKey.LOGLEVEL);
    }

    /** {@return the folder below which JMX may name files; empty for the working directory} */
    public Optional<Path> dir() {
        return value(OptionKey.DIR);
    }

    /** {@return the options as a text that {@link #parse} understands the same way; defaults are left out} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(verb.toString());
        given.forEach((key, value) -> Segment.append(text, key.name(), key.print(value)));
        return text.toString();
    }

    /** {@return the same for people: without what the command line has added for itself} */
    String asGiven() {
        Map<OptionKey<?>, Object> users = new LinkedHashMap<>(given);
        users.keySet().removeAll(Set.of(OptionKey.RESULT, OptionKey.HELPER));
        return new Options(verb, users).toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Options that && verb == that.verb && given.equals(that.given);
    }

    @Override
    public int hashCode() {
        return 31 * verb.hashCode() + given.hashCode();
    }

    private boolean has(OptionKey<?> key) {
        return given.containsKey(key);
    }

    @SuppressWarnings("unchecked") // add() puts only what the key's own parser gave
    private <T> Optional<T> value(OptionKey<T> key) {
        return Optional.ofNullable((T) given.get(key));
    }

    /** {@return how jcmd must be called with these options} */
    private static String jcmd(String options) {
        // What does not survive a shell's single quotes, or is not worth reading, is left to the imagination.
        boolean plain = options.length() <= 200 && options.chars().noneMatch(c -> c == '\'' || c == '"' || c < ' ');
        return "jcmd PID JVMTI.agent_load /path/to/netflight.jar '\"" + (plain ? options : "start,key=value") + "\"'";
    }

    /** {@return a user's text, fit for one line of a terminal or log} */
    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder();
        int shown = Math.min(text.length(), LONGEST_QUOTE);
        text.substring(0, shown).codePoints().forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || c >= 0xd800 && c < 0xe000) {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return (shown < text.length() ? quoted.append('…') : quoted).toString();
    }

    /**
     * What stands between two commas.
     *
     * @param name    up to the = or :, without blanks around it
     * @param value   after it, commas no longer escaped; {@code null} when there is no such sign
     * @param nameEnd where in the whole text the name ends
     */
    private record Segment(String name, String value, int nameEnd) {
        boolean hasValue() {
            return value != null && !value.isEmpty();
        }

        static List<Segment> of(String text) {
            List<Segment> segments = new ArrayList<>();
            StringBuilder plain = new StringBuilder();
            int start = 0;
            int i = 0;
            while (i < text.length()) {
                char c = text.charAt(i);
                if (c == ',') {
                    segments.add(segment(plain.toString(), start));
                    plain.setLength(0);
                    start = ++i;
                    continue;
                }
                int end = i;
                while (end < text.length() && text.charAt(end) == '\\') {
                    end++;
                }
                if (end == i) {
                    plain.append(c);
                    i++;
                } else if (end < text.length() && text.charAt(end) == ',') {
                    int backslashes = end - i;
                    plain.repeat('\\', backslashes / 2);
                    i = end;
                    if (backslashes % 2 == 1) {
                        plain.append(',');
                        i++;
                    }
                } else {
                    plain.append(text, i, end);
                    i = end;
                }
            }
            segments.add(segment(plain.toString(), start));
            return segments;
        }

        /** A key has no backslash, so up to the name's end the text with and without escapes have the same length. */
        private static Segment segment(String plain, int start) {
            int at = 0;
            while (at < plain.length() && plain.charAt(at) != '=' && plain.charAt(at) != ':') {
                at++;
            }
            String name = plain.substring(0, at);
            return new Segment(name.strip(), at < plain.length() ? plain.substring(at + 1) : null, start + at);
        }

        /** The inverse: a comma gets a backslash, and backslashes before any comma are doubled. */
        static void append(StringBuilder text, String name, String value) {
            int end = text.length();
            while (end > 0 && text.charAt(end - 1) == '\\') {
                end--;
            }
            text.repeat('\\', text.length() - end).append(',').append(name).append('=');
            int backslashes = 0;
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c == ',') {
                    text.repeat('\\', backslashes + 1);
                }
                text.append(c);
                backslashes = c == '\\' ? backslashes + 1 : 0;
            }
        }
    }
}
