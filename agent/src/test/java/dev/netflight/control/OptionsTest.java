package dev.netflight.control;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.netflight.model.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "\t"})
    void without_options_the_agent_is_only_armed(String text) throws Exception {
        Options options = Options.parse(text);
        assertEquals(Options.Verb.NONE, options.verb());
        assertEquals("", options.toString());
    }

    @ParameterizedTest
    @EnumSource(value = Options.Verb.class, names = {"START", "STOP", "STATUS", "CHECK"})
    void a_verb_alone_is_enough(Options.Verb verb) throws Exception {
        assertEquals(verb, Options.parse(verb.toString()).verb());
    }

    @Test
    void what_is_not_given_has_the_documented_default() throws Exception {
        Options options = Options.parse("start");
        assertAll(
                () -> assertEquals(Optional.empty(), options.file()),
                () -> assertEquals(Optional.empty(), options.filter()),
                () -> assertEquals(128, options.snaplen()),
                () -> assertEquals(List.of(), options.interfaces()),
                () -> assertEquals(Options.Directions.INOUT, options.direction()),
                () -> assertEquals(Options.Scope.PROCESS, options.scope()),
                () -> assertEquals(new StackSampling.All(), options.stacks()),
                () -> assertEquals(64, options.stackDepth()),
                () -> assertEquals(OptionalLong.empty(), options.count()),
                () -> assertEquals(Optional.empty(), options.duration()),
                () -> assertEquals(OptionalLong.empty(), options.maxSize()),
                () -> assertEquals(Optional.empty(), options.maxAge()),
                () -> assertEquals(OptionalInt.empty(), options.files()),
                () -> assertEquals(Optional.empty(), options.mode()),
                () -> assertEquals(64 << 20, options.flightSize()),
                () -> assertEquals(Options.TlsKeys.OFF, options.tlsKeys()),
                () -> assertEquals(Options.Backend.AUTO, options.backend()),
                () -> assertTrue(options.ring().isEmpty()),
                () -> assertEquals(Optional.empty(), options.result()),
                () -> assertEquals(Optional.empty(), options.logLevel()),
                () -> assertEquals(Optional.empty(), options.dir()));
    }

    @Test
    void every_key_of_this_version_is_read() throws Exception {
        Options options = Options.parse("start,file=/tmp/x.pcapng,snaplen=0,interface=eth0+lo+eth0,direction=in,"
                + "scope=process,stacks=100/s,stackdepth=8,count=1000,duration=5m,mode=file,tlskeys=off,"
                + "backend=tracepoint,ring=128m,result=/tmp/answer,loglevel=debug,dir=/var/tmp");
        assertAll(
                () -> assertEquals(new OutputFile("/tmp/x.pcapng", false), options.file().orElseThrow()),
                () -> assertEquals(0, options.snaplen()),
                () -> assertEquals(List.of("eth0", "lo"), options.interfaces()),
                () -> assertEquals(Options.Directions.IN, options.direction()),
                () -> assertEquals(new StackSampling.Rate(100), options.stacks()),
                () -> assertEquals(8, options.stackDepth()),
                () -> assertEquals(OptionalLong.of(1000), options.count()),
                () -> assertEquals(Optional.of(Duration.ofMinutes(5)), options.duration()),
                () -> assertEquals(Optional.of(Options.Mode.FILE), options.mode()),
                () -> assertEquals(Options.Backend.TRACEPOINT, options.backend()),
                () -> assertEquals(128 << 20, options.ring().orElseThrow()),
                () -> assertEquals(Optional.of(Path.of("/tmp/answer")), options.result()),
                () -> assertEquals(System.Logger.Level.DEBUG, options.logLevel().orElseThrow().level()),
                () -> assertEquals(Optional.of(Path.of("/var/tmp")), options.dir()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "a colon does for an equals sign       | start,file:/tmp/x,snaplen:0     | start,file=/tmp/x,snaplen=0",
        "the first sign divides                | start,file=/a:b=c               | start,file=/a:b=c",
        "blanks before a key do not matter     | start, file=/tmp/x , snaplen=0  | start,file=/tmp/x ,snaplen=0",
        "an escaped comma belongs to its value | start,file=/tmp/a\\,b,snaplen=0 | start,file=/tmp/a\\,b,snaplen=0",
        "other backslashes are just that       | start,file=/tmp/a\\b            | start,file=/tmp/a\\b",
        "keys without a verb arm the agent     | dir=/var/tmp                    | ,dir=/var/tmp",
        "an empty verb arms the agent          | ,loglevel=info                  | ,loglevel=info",
        "an interface list may say any         | start,interface=any             | start,interface=any",
        "a duration is shown in its best unit  | start,duration=120s             | start,duration=2m",
        "triggers have an order                | start,mode=flight,file=x,dumpon=exception:b.C+reset+end+exception:a.B | start,mode=flight,file=x,dumpon=end+reset+exception:a.B+exception:b.C",
        "a size is shown in its best unit      | start,ring=65536                | start,ring=64k",
    })
    void texts_are_read_as_they_are_meant(String sentence, String text, String canonical) throws Exception {
        Options options = Options.parse(text);
        assertEquals(canonical, options.toString(), sentence);
        assertEquals(options, Options.parse(options.toString()), sentence);
    }

    @Test
    void a_value_may_end_in_a_backslash() throws Exception {
        Options options = Options.parse("start,file=C:\\\\,snaplen=0");
        assertEquals("C:\\", options.file().orElseThrow().pattern());
        assertEquals(0, options.snaplen());
        assertEquals("start,file=C:\\\\,snaplen=0", options.toString());
        assertEquals("a\\,b", Options.parse("start,file=a\\\\\\,b").file().orElseThrow().pattern());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "an unknown verb             | strat                  | Unknown verb strat; did you mean start?",
        "a verb in capitals          | START                  | Unknown verb START; did you mean start?",
        "nothing like a verb         | xyzzy                  | Verbs are start, stop, status, dump, check",
        "a second verb               | start,stop             | The verb stop must stand first",
        "a verb with a value         | start=1                | The verb start takes no value",
        "an unknown key              | start,flie=/x          | Unknown key flie; did you mean file?",
        "an unknown key with a colon | start,snap:0           | Unknown key snap; did you mean snaplen?",
        "nothing like a key          | start,colour=red       | Keys are file, filter, snaplen, interface",
        "a comma meant for a value   | start,file=a,b         | A comma inside a value is written \\,",
        "a comma at the end          | start,                 | is empty: take the comma out",
        "a value without a key       | start,=5               | There is no key before =5",
        "a key given twice           | start,count=1,count=1  | The key count is given twice",
        "a key without a value       | start,count=           | The key count has no value: count takes packets",
        "a negative number           | start,snaplen=-1       | snaplen=-1 is not allowed: the least is 0",
        "too large a number          | start,snaplen=262145   | the most is 262144",
        "a huge number               | start,snaplen=99999999999999999999 | the most is 262144",
        "a number in other digits    | start,snaplen=١٢٨      | it is not a whole number",
        "a signed number             | start,snaplen=+5       | it is not a whole number",
        "no packet at all            | start,count=0          | the least is 1",
        "no frame at all             | start,stackdepth=0     | stackdepth takes frames, 1 to 1024",
        "too deep a stack            | start,stackdepth=1025  | the most is 1024",
        "a third way                 | start,direction=both   | direction takes in, out, inout",
        "a mistyped choice           | start,backend=tracepint | did you mean tracepoint?",
        "a mistyped level            | start,loglevel=warning | did you mean warn?",
        "stacks by another word      | start,stacks=some      | it is neither all, off nor a rate",
        "no stack in a second        | start,stacks=0/s       | the least is 1",
        "a time without unit         | start,duration=30      | its unit is missing",
        "a time in days              | start,duration=1d      | its unit is none of ms, s, m, h",
        "no time                     | start,duration=0s      | the least is 1",
        "a unit without a number     | start,duration=s       | it does not begin with a whole number",
        "more time than a year       | start,duration=9999h   | the most is 8784",
        "a ring that is no power     | start,ring=10m         | it is not a power of two; the next are 8m and 16m",
        "too small a ring            | start,ring=4k          | the least is 64k",
        "too large a ring            | start,ring=2g          | the most is 512m",
        "a ring beyond a long        | start,ring=9999999999999999g | the most is 512m",
        "an unknown suffix           | start,ring=1t          | such as 65536, 64k, 16m or 1g",
        "a name that is too long     | start,interface=abcdefghijklmnop | at most 15 bytes",
        "a name with a slash         | start,interface=a/b    | no interface can have such a name",
        "a list with a hole          | start,interface=a++b   | a name beside + is missing",
        "more names than fit         | start,interface=a+b+c+d+e+f+g+h+i | at most 8 can be named",
        "any beside a name           | start,interface=lo+any | any means every interface and stands alone",
        "an unknown place in a name  | start,file=/tmp/%q     | after % only p (process id)",
        "a percent sign at the end   | start,file=/tmp/x%     | after % only p (process id)",
        "a socket without a path     | start,file=unix:       | the path after unix: is missing",
        "files without rotation      | start,file=x,files=2   | files=2 needs maxsize or maxage",
        "rotation without a file     | start,maxsize=1m       | maxsize and maxage need a file",
        "rotation of a stream        | start,file=unix:/x,maxage=1h | a stream has no next file",
        "a mode without its file     | start,mode=file        | mode=file needs a file",
        "a size without its mode     | start,size=1m          | size needs mode=flight",
        "rotation in memory          | start,mode=flight,file=x,maxsize=1m | cannot be used with mode=flight",
        "dumps without a name        | start,mode=flight,dumpon=reset | need a name for the dumps",
        "a bound without a name      | start,mode=flight,files=3 | need a name for the dumps",
        "dumps without their mode    | start,file=x,dumpon=reset | dumpon needs mode=flight",
        "an unknown trigger          | start,mode=flight,file=x,dumpon=rest | did you mean reset?",
        "a trigger beside off        | start,mode=flight,file=x,dumpon=off+end | off means nothing and stands alone",
        "a class without a name      | start,mode=flight,file=x,dumpon=exception: | the whole name of a class",
        "a name that is none         | start,mode=flight,file=x,dumpon=exception:a..b | the whole name of a class",
        "a class that is too general | start,mode=flight,file=x,dumpon=exception:java.lang.Error | too general",
        "dumps to a stream           | start,mode=flight,file=unix:/x | whose dumps are files",
        "a dump to a stream          | dump,file=unix:/x      | A dump cannot go to file=unix:PATH",
        "too little memory           | start,mode=flight,size=4k | the least is 1m",
        "a file without a verb       | file=/tmp/x            | write start,file=… to begin a capture",
        "a key that does not fit     | stop,file=/tmp/x       | The key file does not go with the verb stop",
    })
    void what_is_wrong_is_named_together_with_what_is_allowed(String sentence, String text, String part) {
        assertRefused(text, part);
    }

    @ParameterizedTest
    @ValueSource(strings = {"start,file", "start,file=", "start,file:", "file"})
    void a_key_without_its_value_tells_how_jcmd_wants_to_be_called(String text) {
        String head = text.replaceFirst("[=:]$", "");
        assertRefused(text, "The key file has no value");
        assertRefused(text, "jcmd PID JVMTI.agent_load /path/to/netflight.jar '\"" + head
                + "=/tmp/shop-%p.pcapng\"'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "start,tlskeys=embed                  | tlskeys=embed",
    })
    void what_comes_later_is_refused_in_a_clear_sentence(String text, String what) {
        assertRefused(text, what + " is not available in this version: ");
    }

    @Test
    void files_of_a_rotation_have_their_numbers_in_their_names() throws Exception {
        ZonedDateTime start = ZonedDateTime.of(2026, 7, 9, 3, 4, 5, 0, ZoneOffset.UTC);
        assertEquals(Path.of("/tmp/shop-3.pcapng"), OutputFile.parse("/tmp/shop.pcapng").numbered().path(1, start, 3));
        assertEquals(Path.of("/tmp/v1.2/shop-3"), OutputFile.parse("/tmp/v1.2/shop").numbered().path(1, start, 3));
        assertEquals(Path.of("/tmp/.shop-3"), OutputFile.parse("/tmp/.shop").numbered().path(1, start, 3));
        assertEquals(Path.of("/tmp/3.shop%n.pcap"), OutputFile.parse("/tmp/%n.shop%%n.pcap").numbered().path(1, start, 3));
        assertEquals(Path.of("/tmp/shop%n-3.pcap"), OutputFile.parse("/tmp/shop%%n.pcap").numbered().path(1, start, 3));
    }

    @Test
    void a_file_name_is_filled_in() throws Exception {
        OutputFile file = Options.parse("start,file=/tmp/%%x-%p-%t-%n.pcapng").file().orElseThrow();
        ZonedDateTime start = ZonedDateTime.of(2026, 7, 9, 3, 4, 5, 999_999_999, ZoneOffset.UTC);
        assertEquals(Path.of("/tmp/%x-42-20260709-030405-7.pcapng"), file.path(42, start, 7));
        assertFalse(file.socket());
    }

    @Test
    void a_socket_is_told_from_a_file() throws Exception {
        OutputFile file = OutputFile.parse("unix:/run/netflight-%p.sock");
        assertTrue(file.socket());
        assertEquals(Path.of("/run/netflight-1.sock"), file.path(1, ZonedDateTime.now(), 0));
        assertThrows(BadValue.class, () -> OutputFile.parse("unix:/" + "x".repeat(107)));
        assertEquals("unix:/" + "x".repeat(106), OutputFile.parse("unix:/" + "x".repeat(106)).toString());
    }

    @Test
    void a_direction_includes_the_packets_that_go_its_way() {
        assertTrue(Options.Directions.IN.includes(Direction.INBOUND));
        assertFalse(Options.Directions.IN.includes(Direction.OUTBOUND));
        assertFalse(Options.Directions.OUT.includes(Direction.INBOUND));
        assertTrue(Options.Directions.OUT.includes(Direction.OUTBOUND));
        for (Direction direction : Direction.values()) {
            assertTrue(Options.Directions.INOUT.includes(direction));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "start,result=/tmp/a               | /tmp/a",
        "strat,flie=x,result:/tmp/a\\,b    | /tmp/a,b",
        "start,file,result=/tmp/a          | /tmp/a",
        "start,result=                     |",
        "result                            |",
        "start                             |",
    })
    void the_answer_finds_its_file_even_when_the_options_are_wrong(String text, String file) {
        assertEquals(Optional.ofNullable(file).map(Path::of), Options.resultFile(text));
    }

    @Test
    void no_options_have_no_answer_file() {
        assertEquals(Optional.empty(), Options.resultFile(null));
        assertEquals(Optional.empty(), Options.resultFile("start,result=a\0b"));
    }

    @Test
    void a_message_is_one_short_printable_line_whatever_was_typed() {
        for (String text : List.of("start,\u001b[31mred=1", "x\ny", "start,snaplen=1\r\n2", "start,\u202efile=x",
                "start," + "k".repeat(100_000) + "=1", "start,count=" + "9".repeat(100_000), "\ud800", "start,a\0=1")) {
            String message = assertThrows(OptionsException.class, () -> Options.parse(text)).getMessage();
            assertTrue(message.length() < 500, message);
            assertTrue(message.codePoints().allMatch(c -> c >= ' ' && c != 0x7f && c != 0x202e
                    && (c < 0xd800 || c > 0xdfff)), message);
        }
    }

    @Test
    void each_key_accepts_its_own_example() throws Exception {
        for (OptionKey<?> key : OptionKey.ALL) {
            Object value = key.parse(key.example());
            assertEquals(value, key.parse(key.print(value)), key.name());
        }
    }

    @Test
    void no_two_keys_have_the_same_name() {
        List<String> names = OptionKey.ALL.stream().map(OptionKey::name).toList();
        assertEquals(names.size(), names.stream().distinct().count());
    }

    @Test
    @DisplayName("hostile texts bring out an OptionsException or options that can be written and read again")
    void hostile_texts_bring_out_nothing_else() {
        // A fixed seed: a failure can be run again.
        Random random = new Random(25);
        List<String> words = OptionKey.ALL.stream()
                .flatMap(key -> List.of(key.name(), key.example()).stream()).collect(Collectors.toList());
        words.addAll(List.of("start", "stop", "status", "dump", "check", ",", ",", ",", "=", "=", ":", "\\", "\\,", "+",
                "%", "%p", "/", "unix:", "any", "0", "-1", "18446744073709551616", "k", "g", "ms", "/s", " ", "\n",
                "\0", "'", "\"", "é", "\ud83d\ude00", "\udc00", "\u202e"));
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) {
                text.append(random.nextInt(20) == 0 ? Character.toString(random.nextInt(0x110000))
                        : words.get(random.nextInt(words.size())));
            }
            String hostile = text.toString();
            try {
                Options options = Options.parse(hostile);
                assertEquals(options, Options.parse(options.toString()));
                options.file().ifPresent(file -> file.path(1, ZonedDateTime.now(), 0));
            } catch (OptionsException e) {
                assertFalse(e.getMessage().isBlank());
            } catch (Throwable t) {
                throw new AssertionError("for " + hostile, t);
            }
            Options.resultFile(hostile);
        }
    }

    private static void assertRefused(String text, String part) {
        String message = assertThrows(OptionsException.class, () -> Options.parse(text), text).getMessage();
        assertTrue(message.contains(part), () -> "for " + text + ": " + message);
    }
}
