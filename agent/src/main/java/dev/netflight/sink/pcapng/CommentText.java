package dev.netflight.sink.pcapng;

import dev.netflight.model.JavaStack;
import dev.netflight.model.Operation;
import dev.netflight.model.Origin;
import dev.netflight.model.ProcessInfo;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The words of a packet's comments: {@code Key: value} lines, the first ones with ptcpdump's keys so that its reader
 * shows them. What is unknown has no line. Text that comes from the application (thread names, command lines) cannot
 * begin a line of its own: control characters are written as {@code \n} or {@code \x1b}.
 */
final class CommentText {
    /** The most bytes of a thread's name, so that any comment has room for a stack. */
    static final int LONGEST_NAME = 2_048;
    /** The most bytes of one stack, so that a comment has room for its thread and for an origin. */
    static final int LONGEST_STACK = 40_000;

    /** Stands for what was cut off. */
    private static final String CUT = "...";
    /** One value of a process's description; a command line may have megabytes. */
    private static final int LONGEST_VALUE = 16_384;

    private CommentText() {}

    /** {@return {@code PID/Cmd/Args}} */
    static String process(ProcessInfo process) {
        var lines = new StringBuilder();
        number(lines, "PID", process.pid());
        line(lines, "Cmd", process.command());
        line(lines, "Args", process.arguments());
        return lines.toString();
    }

    /** {@return the comments that follow the thread's, each a comment of its own and possibly empty} */
    static String[] surroundings(ProcessInfo process) {
        var user = new StringBuilder();
        number(user, "UserId", process.userId());
        var parent = new StringBuilder();
        number(parent, "ParentPID", process.parentPid());
        line(parent, "ParentCmd", process.parentCommand());
        line(parent, "ParentArgs", process.parentArguments());
        var container = new StringBuilder();
        line(container, "ContainerId", process.containerId());
        var pod = new StringBuilder();
        line(pod, "PodName", process.podName());
        line(pod, "PodNamespace", process.podNamespace());
        line(pod, "PodUID", process.podUid());
        return new String[] {user.toString(), parent.toString(), container.toString(), pod.toString()};
    }

    /** {@return {@code JavaStack:} and its frames, cut at a whole frame, without a line feed at its end} */
    static byte[] stack(JavaStack stack) {
        return stack("JavaStack:", stack, LONGEST_STACK);
    }

    /** {@return who started a process: {@code StartThread…StartStack}, cut at a whole frame} */
    static String start(Operation start) {
        var lines = new StringBuilder();
        line(lines, "StartThread", name(start.thread().name()));
        number(lines, "StartThreadId", start.thread().id());
        if (start.stack() != null) {
            lines.append('\n').append(new String(stack("StartStack:", start.stack(), LONGEST_STACK),
                    StandardCharsets.UTF_8));
        }
        return lines.toString();
    }

    /** {@return one origin's lines, cut at a whole frame to at most {@code longest} bytes} */
    static byte[] origin(Origin origin, int longest) {
        var lines = new StringBuilder();
        line(lines, "OriginThread", name(origin.threadName()));
        number(lines, "OriginThreadId", origin.threadId());
        if (origin.stack() == null) {
            return utf8(lines.toString());
        }
        byte[] head = utf8(lines.append('\n').toString());
        byte[] frames = stack("OriginStack:", origin.stack(), longest - head.length);
        byte[] whole = Arrays.copyOf(head, head.length + frames.length);
        System.arraycopy(frames, 0, whole, head.length, frames.length);
        return whole;
    }

    private static byte[] stack(String key, JavaStack stack, int longest) {
        var lines = new StringBuilder(key);
        int room = longest - key.length() - "\n\t".length() - CUT.length();
        boolean cut = stack.truncated();
        for (String frame : stack.frames()) {
            String printable = printable(frame);
            room -= "\n\t".length() + utf8(printable).length;
            if (room < 0) {
                cut = true;
                break;
            }
            lines.append("\n\t").append(printable);
        }
        if (cut) {
            lines.append("\n\t").append(CUT);
        }
        return utf8(lines.toString());
    }

    static void number(StringBuilder lines, String key, long value) {
        if (value >= 0) {
            next(lines).append(key).append(": ").append(value);
        }
    }

    static void line(StringBuilder lines, String key, String value) {
        if (value != null && !value.isEmpty()) {
            next(lines).append(key).append(": ").append(limited(printable(value), LONGEST_VALUE));
        }
    }

    /** {@return a thread's name, shortened} */
    static String name(String name) {
        return name == null ? null : limited(name, LONGEST_NAME);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder next(StringBuilder lines) {
        return lines.isEmpty() ? lines : lines.append('\n');
    }

    private static String limited(String text, int longest) {
        // A character is at most three bytes of UTF-8, a surrogate pair four.
        if (text.length() * 3L <= longest || utf8(text).length <= longest) {
            return text;
        }
        int end = 0;
        int bytes = CUT.length();
        while (true) {
            int character = text.codePointAt(end);
            bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            if (bytes > longest) {
                return text.substring(0, end) + CUT;
            }
            end += Character.charCount(character);
        }
    }

    private static String printable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return escaped(text, i);
            }
        }
        return text;
    }

    private static String escaped(String text, int from) {
        var escaped = new StringBuilder(text.length() + 16).append(text, 0, from);
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        escaped.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        return escaped.toString();
    }
}
