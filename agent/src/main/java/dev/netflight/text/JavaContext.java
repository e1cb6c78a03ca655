package dev.netflight.text;

import java.util.ArrayList;
import java.util.List;

/**
 * What a packet's comments tell of its cause: Netflight's operations, or ptcpdump's process.
 *
 * @param operations in the order of the bytes
 * @param process    name and id such as {@code curl 4242}, empty where no comment tells one
 */
public record JavaContext(List<Operation> operations, String process) {
    /**
     * An operation of a Java thread.
     *
     * @param thread      its name
     * @param operation   kind and number, empty where only the connection is known
     * @param attribution exact or connection
     * @param frames      from the leaf, as {@code Throwable} prints them
     */
    public record Operation(String thread, String threadId, String operation, String attribution, List<String> frames) {
        /** {@return the first frame of the application, else the leaf, else nothing} */
        public String applicationFrame() {
            for (String frame : frames) {
                if (!isJdk(frame)) {
                    return frame;
                }
            }
            return frames.isEmpty() ? "" : frames.getFirst();
        }
    }

    /** {@return what these comments tell; of other comments nothing} */
    public static JavaContext of(List<String> comments) {
        List<Operation> operations = new ArrayList<>();
        String process = "";
        for (String comment : comments) {
            if (comment.startsWith("JavaThread: ") || comment.startsWith("JavaThread:\n") || comment.equals("JavaThread:")) {
                operations.add(operation(comment));
            } else if (comment.startsWith("PID: ")) {
                process = process(comment);
            }
        }
        return new JavaContext(operations, process);
    }

    private static Operation operation(String comment) {
        String thread = "";
        String threadId = "";
        String operation = "";
        String attribution = "";
        List<String> frames = new ArrayList<>();
        boolean inStack = false;
        for (String line : comment.split("\n")) {
            if (line.startsWith("\t")) {
                if (inStack) {
                    frames.add(line.strip());
                }
                continue;
            }
            inStack = line.startsWith("JavaStack:");
            int colon = line.indexOf(':');
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            switch (colon < 0 ? "" : line.substring(0, colon)) {
                case "JavaThread" -> thread = value;
                case "JavaThreadId" -> threadId = value;
                case "Operation" -> operation = value;
                case "Attribution" -> attribution = value;
                default -> { }
            }
        }
        return new Operation(thread, threadId, operation, attribution, frames);
    }

    /** Frames of named modules begin with the module's name; an application's rarely are, and never these. */
    private static boolean isJdk(String frame) {
        int slash = frame.indexOf('/');
        return slash > 0 && slash < frame.indexOf('(') && (frame.startsWith("java.") || frame.startsWith("jdk."));
    }

    private static String process(String comment) {
        String pid = "";
        String command = "";
        for (String line : comment.split("\n")) {
            if (line.startsWith("PID: ")) {
                pid = line.substring("PID: ".length());
            } else if (line.startsWith("Cmd: ")) {
                command = line.substring(Math.max("Cmd: ".length(), line.lastIndexOf('/') + 1));
            }
        }
        return command.isEmpty() ? pid : command + ' ' + pid;
    }

    /** Appends thread and frame, as they end a packet's line. */
    void print(StringBuilder text) {
        if (!operations.isEmpty()) {
            Operation first = operations.getFirst();
            text.append(", [").append(first.thread.isEmpty() ? "#" + first.threadId : printable(first.thread)).append(']');
            String frame = first.applicationFrame();
            if (!frame.isEmpty()) {
                text.append(' ').append(printable(frame));
            }
            if (operations.size() > 1) {
                text.append(" (+").append(operations.size() - 1).append(')');
            }
        } else if (!process.isEmpty()) {
            text.append(", [").append(printable(process)).append(']');
        }
    }

    /** Appends the frames of each operation, at most {@code most} of each, a line for each. */
    void printStacks(StringBuilder text, int most) {
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            if (i > 0 || operations.size() > 1) {
                text.append("\n\t[").append(printable(operation.thread)).append("] ").append(printable(operation.operation));
            }
            for (String frame : operation.frames.subList(0, Math.min(most, operation.frames.size()))) {
                text.append("\n\t\t").append(printable(frame));
            }
        }
    }

    static String printable(String text) {
        StringBuilder printable = null;
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                printable = printable == null ? new StringBuilder(text) : printable;
                printable.setCharAt(i, '?');
            }
        }
        return printable == null ? text : printable.toString();
    }
}
