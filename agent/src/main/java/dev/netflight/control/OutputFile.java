package dev.netflight.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Where a capture goes: a file, or a Unix socket that somebody listens on.
 *
 * @param pattern the path, with {@code %p} for the process id, {@code %t} for the capture's start
 *                ({@code yyyyMMdd-HHmmss}), {@code %n} for the rotation number and {@code %%} for a percent sign
 * @param socket  whether the path is that of a listening Unix socket
 */
public record OutputFile(String pattern, boolean socket) {
    /** What a value starts with that names a socket. */
    static final String SOCKET_PREFIX = "unix:";

    /** {@code sizeof(sockaddr_un.sun_path)} less the closing zero byte; unix(7). */
    private static final int LONGEST_SOCKET_PATH = 107;

    private static final DateTimeFormatter START = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    /** {@return the file that a value of the key {@code file} names} */
    static OutputFile parse(String value) throws BadValue {
        boolean socket = value.startsWith(SOCKET_PREFIX);
        String pattern = socket ? value.substring(SOCKET_PREFIX.length()) : value;
        if (pattern.isEmpty()) {
            throw new BadValue("the path after " + SOCKET_PREFIX + " is missing");
        }
        for (int at = pattern.indexOf('%'); at >= 0; at = pattern.indexOf('%', at + 2)) {
            char letter = at + 1 < pattern.length() ? pattern.charAt(at + 1) : 0;
            if ("ptn%".indexOf(letter) < 0) {
                throw new BadValue("after % only p (process id), t (start time), n (rotation number) and % may stand");
            }
        }
        OptionValues.path(pattern);
        if (socket && pattern.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw new BadValue("a socket's path has at most " + LONGEST_SOCKET_PATH + " bytes");
        }
        return new OutputFile(pattern, socket);
    }

    /** {@return the same with the rotation number in it} Before the name's ending, where the pattern has none. */
    OutputFile numbered() {
        for (int at = pattern.indexOf('%'); at >= 0; at = pattern.indexOf('%', at + 2)) {
            if (pattern.charAt(at + 1) == 'n') {
                return this;
            }
        }
        int dot = pattern.lastIndexOf('.');
        int end = dot > pattern.lastIndexOf('/') + 1 ? dot : pattern.length();
        return new OutputFile(pattern.substring(0, end) + "-%n" + pattern.substring(end), socket);
    }

    /** {@return whether a file's name asks for tcpdump's older format} */
    static boolean isPcap(String name) {
        return name.endsWith(".pcap");
    }

    /**
     * {@return the path with everything filled in} A relative one is relative to the JVM's working directory.
     *
     * @param pid    the captured process, as it sees itself
     * @param start  when the capture began; the name shows it in this time zone
     * @param number which file of a rotation this is, from 0
     * @throws InvalidPathException never for a pattern that came through the parser
     */
    public Path path(long pid, ZonedDateTime start, int number) {
        StringBuilder name = new StringBuilder(pattern.length() + 32);
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                name.append(c);
                continue;
            }
            switch (pattern.charAt(++i)) {
                case 'p' -> name.append(pid);
                case 't' -> name.append(START.format(start));
                case 'n' -> name.append(number);
                default -> name.append('%');
            }
        }
        return Path.of(name.toString());
    }

    /** {@return the value as it is written in an option text, commas not escaped} */
    @Override
    public String toString() {
        return socket ? SOCKET_PREFIX + pattern : pattern;
    }
}
