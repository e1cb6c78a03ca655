package dev.netflight.control;

import dev.netflight.sink.jfr.AskingRecording;
import dev.netflight.sink.jfr.RecordingWatch;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.List;
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

    /** The recordings that ask for JFR events, for which a capture runs if no other does. Guarded by the class. */
    private static final RecordedCapture RECORDED = new RecordedCapture();
    /** Guarded by the monitor of {@link #RECORDED}, which is taken before the class's. */
    private static boolean watching;

    private static final boolean HAS_JFR = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
    private static final boolean HAS_JMX = ModuleLayer.boot().findModule("java.management").isPresent();

    private static final String NO_CAPTURE = "No capture is running. Start one with the verb start.";
    static final String NO_FLIGHT = "No capture in flight mode runs. Start one with start,mode=flight.";

    private static final long EXIT_MILLIS = 2_000;

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
        boolean aside = beforeMain;
        try {
            Options options = Options.parse(text);
            aside = beforeMain && options.verb() != Options.Verb.NONE;
            if (folder != null) {
                Confinement.check(options, folder);
            }
            options.logLevel().ifPresent(Log::level);
            // a dump may take its time: it holds nobody else up
            answer = options.verb() == Options.Verb.DUMP ? dump(options) : run(options, inst, beforeMain);
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
        watchRecordings(inst, aside);
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

    /**
     * From the first command on. A caller who attached has what it asked for only when recordings are watched; the
     * application's {@code main} does not wait for it.
     */
    private static void watchRecordings(Instrumentation inst, boolean aside) {
        if (!HAS_JFR) {
            return;
        }
        if (aside) {
            Thread thread = new Thread(null, () -> watchRecordings(inst), "netflight-recordings", 0, false);
            thread.setDaemon(true);
            thread.start();
        } else {
            watchRecordings(inst);
        }
    }

    private static void watchRecordings(Instrumentation inst) {
        synchronized (RECORDED) {
            if (watching) {
                return;
            }
            watching = true;
            try {
                RecordingWatch.open(asking -> recordingsAsk(asking, inst));
            } catch (RuntimeException | Error failure) {
                Log.warn(false, "Recordings are not watched, none brings a capture with it: " + failure);
            }
        }
    }

    private static synchronized void recordingsAsk(List<AskingRecording> asking, Instrumentation inst) {
        RECORDED.asking(asking);
        followRecordings(inst);
    }

    /** Starts or ends the capture for recordings, if they want another than runs. */
    private static void followRecordings(Instrumentation inst) {
        if (current != null && RECORDED.isRunning() && RECORDED.isWanted() && !current.needs().cover(RECORDED.needs())) {
            // begun anew below, with what is lacking
            end(true);
        }
        if (current == null && RECORDED.isWanted()) {
            try {
                start(RecordedCapture.OPTIONS, RECORDED.needs(), inst, false);
                RECORDED.started();
            } catch (CaptureException told) {
                Log.warn(false, RECORDED.refused(told.getMessage()));
            } catch (RuntimeException | Error unexpected) {
                Log.warn(false, RECORDED.refused(unexpected.toString()));
            }
        } else if (current != null && RECORDED.isRunning() && !RECORDED.isWanted()) {
            end(true);
        }
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
            case START -> startAsTold(options, inst, beforeMain);
            case STOP -> stop(inst);
            case STATUS -> "OK " + Status.of(current, before, refusal) + RECORDED.status();
            case CHECK -> "OK " + Preflight.report(inst, options);
            case DUMP -> throw new IllegalStateException("a dump is not made under the lock");
        };
    }

    private static String dump(Options options) throws CaptureException {
        Flight flight = flight();
        if (flight == null) {
            throw new CaptureException(NO_FLIGHT);
        }
        return "OK " + flight.dump(options.file().orElse(null));
    }

    /** Begins the capture's next file. {@return {@code OK} and the file, or {@code ERROR …}} */
    static synchronized String rotate() {
        try {
            if (current == null) {
                throw new CaptureException(NO_CAPTURE);
            }
            return "OK " + current.rotate();
        } catch (CaptureException told) {
            return "ERROR " + told.getMessage();
        }
    }

    private static synchronized Flight flight() {
        return current == null ? null : current.flight();
    }

    /** Takes the place of a capture that runs only for recordings; these then have their events from this one. */
    private static String startAsTold(Options options, Instrumentation inst, boolean beforeMain) throws CaptureException {
        if (current != null && RECORDED.isRunning()) {
            end(true);
        }
        try {
            return start(options, EventNeeds.ALL, inst, beforeMain);
        } catch (CaptureException failure) {
            followRecordings(inst);
            throw failure;
        }
    }

    private static String start(Options options, EventNeeds needs, Instrumentation inst, boolean beforeMain)
            throws CaptureException {
        if (current != null) {
            throw new CaptureException("A capture is running since " + current.started()
                    + ". Stop it first with the verb stop, or let it go on.");
        }
        JmxNews news = HAS_JMX ? new JmxNews() : null;
        try {
            current = Capture.start(options, needs, inst, beforeMain, new Capture.Owner() {
                @Override
                public void ended() {
                    stopAside(inst);
                }

                @Override
                public void secondPassed() {
                    openJmx(inst, options.dir());
                    if (HAS_JMX) {
                        news.secondPassed();
                    }
                }

                @Override
                public void exits() {
                    stopBeforeRecordings();
                }

                @Override
                public void dumped(String sentence, Path file) {
                    if (HAS_JMX) {
                        JmxDoor.dumped(sentence, file);
                    }
                }

                @Override
                public void dumpFailed(String sentence) {
                    if (HAS_JMX) {
                        JmxDoor.failed(sentence);
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
                + (current.flight() == null ? "" : " in flight mode, the newest " + OptionValues.inUnits(options.flightSize())
                        + " are kept")
                + (current.without().isEmpty() ? "" : "; without " + current.without());
        if (HAS_JMX) {
            JmxDoor.started(answer);
        }
        return "OK " + answer;
    }

    private static String stop(Instrumentation inst) throws CaptureException {
        if (current == null) {
            throw new CaptureException(NO_CAPTURE);
        }
        boolean forRecordings = RECORDED.isRunning();
        end(true);
        Capture ended = before;
        if (forRecordings) {
            RECORDED.stoppedByHand();
        }
        followRecordings(inst);
        return "OK stopped: " + Status.packets(ended.counters())
                + ended.outcome()
                + (current == null ? "" : "; capturing goes on for " + RECORDED.names());
    }

    private static void end(boolean restoreClasses) {
        Capture ending = current;
        current = null;
        before = ending;
        RECORDED.ended();
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
    private static void stopAside(Instrumentation inst) {
        Thread thread = new Thread(null, () -> stopIfRunning(inst), "netflight-stop", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    private static synchronized void stopIfRunning(Instrumentation inst) {
        if (current != null) {
            boolean failed = current.trouble() != null;
            end(true);
            if (failed) {
                RECORDED.stoppedByHand();
            }
            followRecordings(inst);
        }
    }

    /**
     * JFR's own shutdown hook runs beside ours, and asks this before it ends a recording. It holds locks: should somebody wait for
     * one of these, the recording ends without us.
     */
    private static void stopBeforeRecordings() {
        Thread thread = new Thread(null, Verbs::stopAtExit, "netflight-exit", 0, false);
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(EXIT_MILLIS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
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
