package dev.netflight.control;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Carries out what a user asks for, whichever way it came. One command at a time; every answer begins with {@code OK} or
 * {@code ERROR}, and nothing is thrown.
 */
public final class Verbs {
    /** The capture that runs, or {@code null}. Guarded by the class. */
    private static Capture current;
    /** The last one that ran, for its counters. Guarded by the class. */
    private static Capture before;
    /** Why the last start failed, or {@code null}. Guarded by the class. */
    private static String refusal;
    private static Thread atExit;

    private Verbs() {}

    /**
     * @param text       the agent's options; {@code null} or blank is: be ready
     * @param beforeMain whether the application has not begun yet
     * @return {@code OK …} or {@code ERROR …}
     */
    public static String run(String text, Instrumentation inst, boolean beforeMain) {
        String answer;
        boolean quiet = false;
        try {
            Options options = Options.parse(text);
            options.logLevel().ifPresent(Log::level);
            answer = run(options, inst, beforeMain);
        } catch (OptionsException | CaptureException told) {
            answer = "ERROR " + told.getMessage();
        } catch (RuntimeException | Error unexpected) {
            answer = "ERROR Netflight failed, the application goes on: " + unexpected;
        }
        if (answer.startsWith("ERROR ")) {
            Log.warn(beforeMain, answer.substring("ERROR ".length()));
        }
        return reply(text, answer, beforeMain);
    }

    private static synchronized String run(Options options, Instrumentation inst, boolean beforeMain)
            throws CaptureException {
        return switch (options.verb()) {
            case NONE -> "OK armed";
            case START -> start(options, inst, beforeMain);
            case STOP -> stop();
            case STATUS -> "OK " + Status.of(current, before, refusal);
            case CHECK -> "OK " + Preflight.report(inst);
            case DUMP -> throw new CaptureException("No capture in flight mode runs. Start one with mode=flight.");
        };
    }

    private static String start(Options options, Instrumentation inst, boolean beforeMain) throws CaptureException {
        if (current != null) {
            throw new CaptureException("A capture is running since " + current.started()
                    + ". Stop it first with the verb stop, or let it go on.");
        }
        try {
            current = Capture.start(options, inst, beforeMain, Verbs::stopAside);
            refusal = null;
        } catch (CaptureException failure) {
            refusal = failure.getMessage();
            throw failure;
        }
        atExit = new Thread(null, Verbs::stopAtExit, "netflight-exit", 0, false);
        try {
            Runtime.getRuntime().addShutdownHook(atExit);
        } catch (IllegalStateException goingDown) {
            atExit = null;
        }
        return "OK capturing" + (current.file() == null ? "" : " to " + current.file())
                + (current.without().isEmpty() ? "" : "; without " + current.without());
    }

    private static String stop() throws CaptureException {
        if (current == null) {
            throw new CaptureException("No capture is running. Start one with the verb start.");
        }
        end(true);
        return "OK stopped: " + Status.packets(before.counters())
                + (before.file() == null ? "" : "; complete in " + before.file());
    }

    private static void end(boolean restoreClasses) {
        Capture ending = current;
        current = null;
        before = ending;
        ending.stop(restoreClasses);
        if (restoreClasses && atExit != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(atExit);
            } catch (IllegalStateException goingDown) {
                // it runs already and will find nothing to do
            }
            atExit = null;
        }
    }

    /** A capture that has all it wants ends itself, on a thread that may wait for it. */
    private static void stopAside() {
        Thread thread = new Thread(null, Verbs::stopIfRunning, "netflight-stop", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    private static synchronized void stopIfRunning() {
        if (current != null) {
            end(true);
        }
    }

    private static synchronized void stopAtExit() {
        if (current != null) {
            end(false);
        }
    }

    private static String reply(String text, String answer, boolean beforeMain) {
        Optional<Path> file = Options.resultFile(text);
        if (file.isEmpty()) {
            return answer;
        }
        try {
            AnswerFile.write(file.get(), answer);
            return answer;
        } catch (IOException | RuntimeException failure) {
            String sentence = "The answer could not be written to result=" + file.get() + ": " + failure
                    + ". Name a file in a folder that this JVM's user may write to.";
            Log.warn(beforeMain, sentence);
            return answer + "\n" + sentence;
        }
    }
}
