package dev.netflight.cli;

import dev.netflight.read.CapturedPacket;
import dev.netflight.text.TextOptions;
import dev.netflight.text.TextOptions.Dump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The flags that {@code read} and {@code capture} share: which packets, how they look, where they go. tcpdump's letters. */
final class PacketFlags {
    private static final int ALL_FRAMES = Integer.MAX_VALUE;
    private static final int FEW_FRAMES = 16;

    private final CommandSpec spec;

    private PacketFlags(CommandSpec spec) {
        this.spec = spec;
    }

    static PacketFlags addTo(CommandSpec spec) {
        var flags = new PacketFlags(spec);
        flags.flag("names of hosts and ports are not looked up", "-n");
        flags.flag("less of each protocol", "-q");
        flags.flag("more of each protocol; twice still more", "-v", "--verbose");
        flags.flag("the link layer's header", "-e");
        flags.flag("no time; -tt seconds since 1970; -ttt since the line before; -tttt with the date; -ttttt since the first line",
                "-t");
        flags.flag("times in nanoseconds", "--nano");
        flags.flag("the bytes of each packet in hexadecimal; -xx with the link layer's header", "-x");
        flags.flag("in hexadecimal and ASCII; -XX with the link layer's header", "-X");
        flags.flag("in ASCII", "-A");
        flags.flag("the number of each packet", "-#", "--number");
        flags.flag("TCP's sequence numbers as they are, not from the connection's begin", "-S", "--absolute-tcp-sequence-numbers");
        flags.flag("each line is written out at once", "-l");
        flags.value("N", "the first N of the selected packets, no more", "-c");
        flags.flag("only how many packets there are", "--count");
        flags.value("in|out|inout", "only packets that go this way", "-Q", "--direction");
        flags.value("TEXT", "only packets of Java threads whose name has this text in it", "--thread");
        flags.value("TEXT", "only packets of operations with a frame that has this text in it, such as a class's name", "--frame");
        spec.addOption(OptionSpec.builder("--stack").paramLabel("N").arity("0..1").type(String.class).fallbackValue("")
                .preprocessor((_, _, option, form) -> withoutDetachedValue((OptionSpec) option, form))
                .description("the Java stack below each line, at most N frames of each operation (" + FEW_FRAMES + "); 0: all")
                .build());
        flags.value("frame|thread|connection", "no lines, but packets, bytes and retransmissions by one of these", "--summary");
        flags.value("FILE", "the packets go into a pcapng file, - is standard output", "-w");
        flags.value("MB", "with -w: the next file begins after so many million bytes, or KiB, MiB, GiB with k, m, g", "-C");
        flags.value("SECONDS", "with -w: the next file begins after this time; %%Y %%m %%d %%H %%M %%S in its name are its begin's", "-G");
        flags.value("N", "with -C: after N files the first is overwritten; with -G: N files are the end", "-W");
        flags.flag("with -w: lines as well", "--print");
        flags.flag("with -w: each packet is written out at once", "-U", "--packet-buffered");
        flags.value("FILE", "the expression stands in this file", "-F");
        flags.flag("shows the compiled expression and ends", "-d");
        return flags;
    }

    /** A number belongs to {@code --stack} only with the sign between: the next word is the file. */
    private static boolean withoutDetachedValue(OptionSpec option, Map<String, Object> form) {
        if ("=".equals(form.get("separator"))) {
            return false;
        }
        option.setValue("");
        return true;
    }

    private void flag(String description, String... names) {
        spec.addOption(OptionSpec.builder(names).type(boolean[].class).arity("0").description(description).build());
    }

    private void value(String label, String description, String... names) {
        spec.addOption(OptionSpec.builder(names).paramLabel(label).type(String.class).description(description).build());
    }

    int times(String name) {
        boolean[] given = spec.findOption(name).getValue();
        return given == null ? 0 : given.length;
    }

    boolean has(String name) {
        return times(name) > 0;
    }

    /** {@return the value of an option, {@code null} without it} */
    String value(String name) {
        return spec.findOption(name).getValue();
    }

    TextOptions text() {
        return new TextOptions(has("-n"), has("-q"), times("-v"), has("-e"), times("-t"), has("--nano"), has("-S"),
                has("-#"), dump(), frames());
    }

    private Dump dump() {
        if (has("-A")) {
            return has("-e") ? Dump.ASCII_WITH_LINK : Dump.ASCII;
        }
        if (has("-X")) {
            return times("-X") > 1 ? Dump.HEX_AND_ASCII_WITH_LINK : Dump.HEX_AND_ASCII;
        }
        return !has("-x") ? Dump.NONE : times("-x") > 1 ? Dump.HEX_WITH_LINK : Dump.HEX;
    }

    private int frames() {
        String frames = value("--stack");
        if (frames == null) {
            return 0;
        }
        int most = frames.isEmpty() ? FEW_FRAMES : (int) number("--stack", frames, 0, 1_000_000);
        return most == 0 ? ALL_FRAMES : most;
    }

    /** {@return how many packets are wanted} */
    long count() {
        String count = value("-c");
        return count == null ? Long.MAX_VALUE : number("-c", count, 1, Long.MAX_VALUE);
    }

    private long number(String option, String text, long least, long most) {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException word) {
            // told below
        }
        throw wrong(option + " " + text + " is not allowed: it takes a whole number from " + least + ".");
    }

    /** {@return the direction that is wanted, {@code null} for both} */
    CapturedPacket.Direction direction() {
        String direction = value("-Q");
        return direction == null ? null : choice("-Q", direction, directions());
    }

    private static Map<String, CapturedPacket.Direction> directions() {
        Map<String, CapturedPacket.Direction> directions = new HashMap<>();
        directions.put("in", CapturedPacket.Direction.INBOUND);
        directions.put("out", CapturedPacket.Direction.OUTBOUND);
        directions.put("inout", null);
        return directions;
    }

    /** {@return what the summary is by, {@code null} where lines are wanted} */
    Summary.By summary() {
        String by = value("--summary");
        return by == null ? null : choice("--summary", by, Map.of("frame", Summary.By.FRAME, "thread", Summary.By.THREAD,
                "connection", Summary.By.CONNECTION));
    }

    private <T> T choice(String option, String text, Map<String, T> choices) {
        if (!choices.containsKey(text.toLowerCase(Locale.ROOT))) {
            throw wrong(option + " " + text + " is not allowed: it takes "
                    + String.join(", ", choices.keySet().stream().sorted().toList()) + ".");
        }
        return choices.get(text.toLowerCase(Locale.ROOT));
    }

    /** {@return the expression, empty for every packet} @param words at the command's end */
    String expression(List<String> words) throws IOException {
        rotation(); // what does not go together is told before anything is begun
        String file = value("-F");
        if (file == null) {
            return String.join(" ", words);
        }
        if (!words.isEmpty()) {
            throw wrong("-F " + file + " and an expression at the end: leave one of them out.");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (NoSuchFileException missing) {
            throw new IOException("-F " + file + ": there is no such file.", missing);
        } catch (IOException failure) {
            throw new IOException("-F " + file + " cannot be read: " + failure.getMessage() + ".", failure);
        }
    }

    /** {@return the file of {@code -w} and when the next begins; {@code null} where there is none, or no end of it} */
    WrittenFiles.Rotation rotation() {
        String file = value("-w");
        boolean rotates = value("-C") != null || value("-G") != null;
        if (value("-W") != null && !rotates) {
            throw wrong("-W needs -C or -G, which say when the next file begins.");
        }
        if (rotates && (file == null || file.equals("-"))) {
            throw wrong("-C and -G need a file: add -w FILE.");
        }
        return file == null ? null : new WrittenFiles.Rotation(file, size(value("-C")),
                value("-G") == null ? 0 : number("-G", value("-G"), 1, Integer.MAX_VALUE),
                value("-W") == null ? 0 : (int) number("-W", value("-W"), 1, 1_000_000));
    }

    /** As tcpdump reads it: millions of bytes, or with a letter powers of 1,024. */
    private long size(String text) {
        if (text == null) {
            return 0;
        }
        int unit = text.isEmpty() ? -1 : "kmg".indexOf(Character.toLowerCase(text.charAt(text.length() - 1)));
        return unit < 0 ? number("-C", text, 1, 1_000_000) * 1_000_000
                : number("-C", text.substring(0, text.length() - 1), 1, 1_000_000) << 10 * (unit + 1);
    }

    CommandLine.ParameterException wrong(String sentence) {
        return new CommandLine.ParameterException(spec.commandLine(), sentence);
    }
}
