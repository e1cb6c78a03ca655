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

    private static final boolean HAS_JMX = ModuleLayer.boot().findModule("java.management").isPresent();

    private Verbs() {}

    /**
     * @param text       the agent's options; {@code null} or blank is: be ready
     * @param beforeMain whether the application has not begun yet
     * @return {@code OK …} or {@code ERROR …}
     */
    public static String run(String text, Instrumentation inst, boolean beforeMain) {
        return answer(null, text, inst, beforeMain);
    }

    /** The same for a caller who may name files only below {@code folder}. */
    static String runBelow(Path folder, String text, Instrumentation inst) {
        return answer(folder, text, inst, false);
    }

    private static String answer(Path folder, String text, Instrumentation inst, boolean beforeMain) {
        String answer;
        try {
            Options options = Options.parse(text);
            if (folder != null) {
                Confinement.check(options, folder);
            }
            options.logLevel().ifPresent(Log::level);
            answer = run(options, inst, beforeMain);
            if (!beforeMain && folder == null) {
                openJmx(inst, options.dir());
            } else if (beforeMain && HAS_JMX && JmxWait.isWorthwhile()) {
                JmxWait.begin(() -> openJmx(inst, options.dir()));
            }
        } catch (OptionsException | CaptureException told) {
            answer = "ERROR " + told.getMessage();
        } catch (RuntimeException | Error unexpected) {
            answer = "ERROR Netflight failed, the application goes on: " + unexpected;
        }
        boolean told = folder != null || reply(text, answer, beforeMain);
        // who attached reads the answer; who started the JVM looks at its console
        if (answer.startsWith("ERROR ") && (beforeMain || !told)) {
            Log.warn(beforeMain, answer.substring("ERROR ".length()));
        }
        return answer;
    }

    /** Off the caller's thread: a bean's first registration takes some tens of milliseconds. */
    private static void openJmx(Instrumentation inst, Optional<Path> dir) {
        if (!HAS_JMX || !JmxDoor.isMissing()) {
            return;
        }
        Path folder = dir.orElse(Path.of("")).toAbsolutePath().normalize();
        Thread thread = new Thread(null, () -> {
            try {
                JmxDoor.open(inst, folder);
            } catch (RuntimeException refused) {
                Log.warn(false, "The JMX bean is left out: " + refused.getMessage());
            }
        }, "netflight-jmx", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** What the bean shows. */
    static synchronized String state() {
        return current != null ? current.trouble() == null ? "capturing" : "failed" : refusal == null ? "armed" : "failed";
    }

    /** The capture that runs, else the last one, else {@code null}. */
    static synchronized Capture shown() {
        return current != null ? current : before;
    }

    private static synchronized String run(Options options, Instrumentation inst, boolean beforeMain)
            throws CaptureException {
        return switch (options.verb()) {
            case NONE -> "OK armed";
            case START -> start(options, inst, beforeMain);
            case STOP -> stop();
            case STATUS -> "OK " + Status.of(current, before, refusal);
            case CHECK -> "OK " + Preflight.report(inst, options);
            case DUMP -> throw new CaptureException("No capture in flight mode runs. Start one with mode=flight.");
        };
    }

    private static String start(Options options, Instrumentation inst, boolean beforeMain) throws CaptureException {
        if (current != null) {
            throw new CaptureException("A capture is running since " + current.started()
                    + ". Stop it first with the verb stop, or let it go on.");
        }
        JmxNews news = HAS_JMX ? new JmxNews() : null;
        try {
            current = Capture.start(options, inst, beforeMain, new CaptureLoop.Owner() {
                @Override
                public void ended() {
                    stopAside();
                }

                @Override
                public void secondPassed() {
                    openJmx(inst, options.dir());
                    if (HAS_JMX) {
                        news.secondPassed();
                    }
                }
            });
            if (HAS_JMX) {
                news.of(current);
            }
            refusal = null;
        } catch (CaptureException failure) {
            refusal = failure.getMessage();
            if (HAS_JMX) {
                JmxDoor.failed(refusal);
            }
            throw failure;
        }
        atExit = new Thread(null, Verbs::stopAtExit, "netflight-exit", 0, false);
        try {
            Runtime.getRuntime().addShutdownHook(atExit);
        } catch (IllegalStateException goingDown) {
            atExit = null;
        }
        String answer = "capturing" + (current.file() == null ? "" : " to " + current.file())
                + (current.without().isEmpty() ? "" : "; without " + current.without());
        if (HAS_JMX) {
            JmxDoor.started(answer);
        }
        return "OK " + answer;
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
        if (HAS_JMX && restoreClasses) {
            JmxDoor.stopped("stopped: " + Status.packets(ending.counters()));
        }
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

    /** @return whether the answer stands in a file that the caller has named */
    private static boolean reply(String text, String answer, boolean beforeMain) {
        Optional<Path> file = Options.resultFile(text);
        if (file.isEmpty()) {
            return false;
        }
        try {
            AnswerFile.write(file.get(), answer);
            return true;
        } catch (IOException | RuntimeException failure) {
            Log.warn(beforeMain, "The answer could not be written to result=" + file.get() + ": " + failure
                    + ". Name a file in a folder that this JVM's user may write to.");
            return false;
        }
    }
}
