package dev.netflight.samples.report;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a packet's comment says of one operation.
 *
 * @param thread    the Java thread's name
 * @param operation for example {@code write}
 * @param bytes     of this operation in this packet
 * @param stack     leaf first, as {@code Throwable} prints frames; empty where the comment has none
 */
record OperationComment(String thread, String operation, int bytes, List<String> stack) {
    private static final Pattern JDK = Pattern.compile("(java|javax|jdk|sun|com\\.sun)\\..*");
    /** Of the JDK's own frames these say least of what is going on. */
    private static final Pattern RUNTIME = Pattern.compile("(java\\.lang|java\\.util|jdk\\.internal\\.(vm|misc))\\..*");

    static Optional<OperationComment> of(String comment) {
        List<String> lines = comment.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith("JavaThread: ")) {
            return Optional.empty();
        }
        int stackAt = lines.indexOf("JavaStack:");
        List<String> stack = stackAt < 0 ? List.of() : lines.stream().skip(stackAt + 1)
                .takeWhile(line -> line.startsWith("\t")).map(String::strip)
                .filter(frame -> !frame.equals("...")).toList(); // deeper frames were left out
        String bytes = value(lines, "OperationBytes: ");
        return Optional.of(new OperationComment(value(lines, "JavaThread: "),
                value(lines, "Operation: ").split(" ")[0], bytes.isEmpty() ? 0 : Integer.parseInt(bytes), stack));
    }

    /**
     * {@return the application's frame nearest to the socket; where there is none, the JDK's frame that tells most} An
     * HTTP client's selector thread, for example, has no frame of the application on its stack.
     */
    String nearestFrame() {
        return applicationFrames().stream().findFirst().or(() -> stack.reversed().stream()
                .filter(frame -> !RUNTIME.matcher(withoutModule(frame)).matches()).findFirst())
                .map(OperationComment::shortened).orElse("(no stack)");
    }

    /** {@return the application's frame farthest from the socket: what all of this was done for} */
    String outermostFrame() {
        return applicationFrames().stream().reduce((nearer, farther) -> farther).map(OperationComment::shortened)
                .orElse("");
    }

    private List<String> applicationFrames() {
        return stack.stream().filter(frame -> !JDK.matcher(withoutModule(frame)).matches()).toList();
    }

    private static String value(List<String> lines, String key) {
        return lines.stream().filter(line -> line.startsWith(key)).map(line -> line.substring(key.length()))
                .findFirst().orElse("");
    }

    private static String withoutModule(String frame) {
        return frame.substring(frame.lastIndexOf('/', Math.max(0, frame.indexOf('('))) + 1);
    }

    /** {@return class and method, without package, module and line} */
    private static String shortened(String frame) {
        String name = withoutModule(frame);
        name = name.substring(0, name.indexOf('(') < 0 ? name.length() : name.indexOf('('));
        int method = name.lastIndexOf('.');
        return name.substring(name.lastIndexOf('.', Math.max(0, method - 1)) + 1);
    }
}
