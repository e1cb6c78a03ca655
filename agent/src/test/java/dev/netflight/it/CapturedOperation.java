package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An operation as a packet's comment tells it.
 *
 * @param kind  {@code write}, {@code connect} …
 * @param bytes how many of its bytes the packet carries, 0 where that is not said
 * @param host  of a lookup what was asked for, else {@code null}
 * @param stack the frames as {@code Throwable} prints them, without {@code at}
 * @param origins who handed the bytes over, in their order
 */
record CapturedOperation(String thread, long threadId, boolean virtual, String kind, long number, int bytes,
        String host, List<String> stack, List<CapturedOrigin> origins) {

    /** Whether a comment is an operation's whose thread and call are known. */
    static boolean isOne(String comment) {
        return comment.startsWith("JavaThread:") && comment.contains("\nAttribution: exact");
    }

    static CapturedOperation in(String comment) {
        Map<String, String> values = new HashMap<>();
        List<String> stack = new ArrayList<>();
        List<String> frames = stack;
        List<CapturedOrigin> origins = new ArrayList<>();
        for (String line : comment.split("\n")) {
            if (line.startsWith("\t")) {
                frames.add(line.substring(1));
            } else {
                int colon = line.indexOf(':');
                assertThat(colon).as("colon in \"%s\" of %s", line, comment).isPositive();
                String key = line.substring(0, colon);
                String value = line.substring(colon + 1).strip();
                values.put(key, value);
                if (key.equals("OriginThread")) {
                    frames = new ArrayList<>();
                    origins.add(new CapturedOrigin(value, frames));
                }
            }
        }
        assertThat(values).as(comment).containsKeys("JavaThread", "JavaThreadId", "JavaThreadKind", "Operation");
        String[] operation = values.get("Operation").split(" ");
        return new CapturedOperation(values.get("JavaThread"), Long.parseLong(values.get("JavaThreadId")),
                values.get("JavaThreadKind").equals("virtual"), operation[0], Long.parseLong(operation[1]),
                Integer.parseInt(values.getOrDefault("OperationBytes", "0")), values.get("Host"), List.copyOf(stack),
                List.copyOf(origins));
    }

    /** The first frame that is not the JDK's, as {@code Class.method}; empty if there is none. */
    String leaf() {
        return leaf(stack, "java.", "jdk.");
    }

    /** The first frame that does not begin with any of these, as {@code Class.method}; empty if there is none. */
    static String leaf(List<String> stack, String... others) {
        for (String frame : stack) {
            if (Stream.of(others).noneMatch(frame::startsWith) && frame.contains("(")) {
                String method = frame.substring(0, frame.indexOf('('));
                int dot = method.lastIndexOf('.', method.lastIndexOf('.') - 1);
                return method.substring(dot + 1);
            }
        }
        return "";
    }

    String cause() {
        return kind + ' ' + thread + ' ' + leaf();
    }
}
