package dev.netflight.control;

import dev.netflight.filter.PacketFilter;
import dev.netflight.helper.HandedPrograms;
import dev.netflight.hook.Operations;
import dev.netflight.hook.OriginHook;
import dev.netflight.hook.SocketHook;
import dev.netflight.hook.StackCache;
import dev.netflight.hook.StackPolicy;
import dev.netflight.instrument.HookClasses;
import dev.netflight.instrument.HookStatus;
import dev.netflight.instrument.Weaver;
import dev.netflight.kernel.BackendChoice;
import dev.netflight.kernel.CaptureProgram;
import dev.netflight.kernel.KernelFeatures;
import dev.netflight.kernel.KernelHook;
import dev.netflight.model.Counters;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.RotatingSink;
import dev.netflight.sink.Sink;
import dev.netflight.sink.pcapng.PcapngSettings;
import dev.netflight.sink.pcapng.PcapngSink;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * One capture, from start to stop.
 *
 * <p>A start has two long parts that do not need each other: the kernel programs are loaded on a thread of their own
 * while the JDK's classes are woven on the caller's. Then, in this order: the hooks are switched on, the programs
 * attached, and the sockets that are open already followed. So when {@link #start} returns, no packet and no stack of a
 * later call can be missed.
 */
final class Capture {
    static final String WHOLE_MACHINE = "scope=cgroup follows every process of the machine: the JVM is in the root control"
            + " group of version 2. In a container on a machine that runs both versions use scope=children.";

    /** The word of the hook that tells which call started a process. */
    private static final String STARTS = "start";

    private static final int TURN_SECONDS = 5;

    /** So long the reader of a pipe, which may hang, is waited for at the end. */
    private static final long READER_PATIENCE_MILLIS = 2_000;

    private final Options options;
    private final EventNeeds needs;
    private final boolean beforeMain;
    private final Instant started = Instant.now();
    private final Owner owner;

    /** Written by the thread that opens the outputs, read after it has been waited for. */
    private ProcessInfo process;
    private PacketFilter filter;
    private CaptureProgram program;
    private Weaver weaver;
    private SocketHook hook;
    private OriginHook origins;
    private Operations operations;
    private Sinks sinks;
    private JfrOutput jfr;
    /** {@code null} without a file that is written as packets come. */
    private RotatingSink files;
    /** {@code null} but in flight mode. */
    private Flight flight;
    private volatile CaptureLoop loop;
    private volatile Path file;
    /** Who takes the stream, {@code null} without one. */
    private ReaderChannel reader;
    private Counters last;
    private long processesRefusedAtEnd;
    private int openSockets;
    /** Capture thread. */
    private boolean blindnessTold;
    private boolean stopped;

    private Capture(Options options, EventNeeds needs, boolean beforeMain, Owner owner) {
        this.options = options;
        this.needs = needs;
        this.beforeMain = beforeMain;
        this.owner = owner;
    }

    /** Who has started it. */
    interface Owner extends CaptureLoop.Owner, Flight.Listener {
        /** The JVM is going down, and a recording waits for what is to be in it: the capture is to end now. */
        void exits();
    }

    /** What the loop tells us. */
    private final class Told implements CaptureLoop.Owner {
        @Override
        public void ended() {
            owner.ended();
        }

        @Override
        public void secondPassed() {
            Capture.this.secondPassed();
        }
    }

    /**
     * Starts a capture.
     *
     * @param needs      what it is to install
     * @param beforeMain whether the application has not begun yet
     * @param owner      told when the capture ends by itself
     * @throws CaptureException with a sentence and the remedy; nothing is left behind then
     */
    static Capture start(Options options, EventNeeds needs, Instrumentation inst, boolean beforeMain,
            Owner owner) throws CaptureException {
        Capture capture = new Capture(options, needs, beforeMain, owner);
        try {
            capture.open(inst);
            return capture;
        } catch (CaptureException | RuntimeException | Error failure) {
            capture.undo();
            throw StartPart.explained(failure);
        }
    }

    private void open(Instrumentation inst) throws CaptureException {
        // before anything is begun: here a user's slips are met
        NamedInterfaces.check(options);
        filter = Filters.of(options);
        StartPart<CaptureProgram> loading = StartPart.begin("netflight-load", this::load);
        StartPart<Sinks> opening = StartPart.begin("netflight-open", () -> openSinks(loading));
        try {
            HookClasses.define();
            weaver = Weaver.weave(inst, word -> needs.weaves(word)
                    && (!word.equals(STARTS) || options.scope() != Options.Scope.PROCESS));
        } finally {
            // whatever happens to the one, the others must be known to be undone
            program = loading.settled();
            sinks = opening.settled();
        }
        loading.check();
        opening.check();

        if (flight != null) {
            flight.weave(inst);
        }
        StackSampling sampling = needs.tellFrames() ? options.stacks() : new StackSampling.Off();
        boolean stacks = !(sampling instanceof StackSampling.Off);
        hook = new SocketHook(program.slotsAddress(), CaptureProgram.SLOTS, new SlotThreads(program),
                policy(sampling), jfr == null ? null : jfr.operations(), !program.features().seesCalls());
        origins = new OriginHook(policy(options.stacks()), weaver::queuesFit, wantsOrigins());
        hook.origins(origins);
        operations = new Operations(hook, new StackCache(options.stackDepth()));
        loop = new CaptureLoop(program, hook, operations, new SlotCalls(operations, stacks),
                new OtherProcessFacts(process, program.tgid()), sinks, options.count().orElse(0),
                reader == null ? CaptureLoop.FLUSH_NANOS : CaptureLoop.STREAM_NANOS, new Told());
        if (options.scope() == Options.Scope.CGROUP && program.controlGroupLevel() == 0) {
            Log.warn(beforeMain, WHOLE_MACHINE);
        }
        HookSwitch.on(hook, origins);
        program.attach();
        try {
            openSockets = program.threads().adoptOpenSockets();
        } catch (IOException unreadable) {
            Log.warn(beforeMain, "Sockets that are open already are not known, because /proc/self/fd cannot be read ("
                    + unreadable.getMessage() + "); each is known from its next read or write on.");
        }
        program.calls().wakeForOthers();
        loop.start();
        if (flight != null) {
            flight.begin(loop);
        }
        options.duration().ifPresent(this::endAfter);
    }

    private CaptureProgram load() throws CaptureException {
        return CaptureProgram.of(options.helper().isPresent() ? HandedPrograms.take(options.helper().get().toString())
                : CapturePrograms.load(options, filter, needs.kernel()::contains));
    }

    private Sinks openSinks(StartPart<CaptureProgram> loading) throws CaptureException {
        process = ProcessFacts.read();
        List<Sink> opened = new ArrayList<>();
        CaptureProgram loaded = loading.settled();
        if (loaded == null) {
            // a start that fails must not have emptied a file
            return new Sinks(opened, new WriteBehind(null), sentence -> { });
        }
        if (process.containerId() == null) {
            // a private control group namespace may hide it
            process = ProcessFacts.read(loaded.controlGroups().lines());
        }
        CaptureAnchor anchor = CaptureAnchor.now();
        if (options.isFlight()) {
            flight = new Flight(options, process, settings(), started, owner);
            opened.add(flight.sink());
        } else if (options.file().filter(OutputFile::socket).isPresent()) {
            opened.add(stream(options.file().get(), anchor));
        } else if (options.file().isPresent()) {
            PacketOutput output = PacketOutput.open(options, options.file().get(), process, settings(), started, anchor,
                    this::turned);
            file = output.file();
            files = output.sink();
            opened.add(files);
        }
        if (JfrOutput.isPossible()) {
            jfr = JfrOutput.open(options, file, anchor, Status.hooksInUse(hooksInUse(loaded.features())), needs.seePackets(),
                    loaded::want, this::reportOpen);
            if (jfr != null) {
                opened.add(jfr.sink());
            }
        }
        return new Sinks(opened, new WriteBehind(file), this::sinkFailed);
    }

    /** On a thread of JFR, when a part of a recording ends. */
    private void reportOpen() {
        CaptureLoop running = loop;
        if (isExiting()) {
            owner.exits();
        } else if (running != null) {
            running.reportOpen();
        }
    }

    private static boolean isExiting() {
        Thread never = new Thread(() -> { });
        try {
            Runtime.getRuntime().addShutdownHook(never);
            Runtime.getRuntime().removeShutdownHook(never);
            return false;
        } catch (IllegalStateException goingDown) {
            return true;
        }
    }

    private PcapngSettings settings() {
        return new PcapngSettings(Version.application(), process, options.snaplen(), options.filter().orElse(null),
                List.of(new InterfaceNames().loopback()));
    }

    private Sink stream(OutputFile target, CaptureAnchor anchor) throws CaptureException {
        Path socket = target.path(process.pid(), started.atZone(ZoneId.systemDefault()), 0);
        try {
            reader = ReaderChannel.connect(socket);
            return PcapngSink.stream(reader, target.toString(), settings(), anchor);
        } catch (IOException failure) {
            throw new CaptureException("The capture cannot be streamed to " + target + ": " + failure.getMessage()
                    + ". A reader must listen there, and user " + System.getProperty("user.name") + " be allowed to connect.",
                    failure);
        }
    }

    /** A reader that goes away is the end of a capture that was started for it, and nothing to warn of. */
    private void sinkFailed(String sentence) {
        if (reader == null) {
            Log.warn(false, sentence);
        } else {
            Log.info(sentence);
            owner.ended();
        }
    }

    private void secondPassed() {
        if (reader != null && reader.isReaderGone()) {
            owner.ended();
        }
        if (flight != null) {
            flight.secondPassed();
        }
        String blind = program.calls().trouble();
        if (blind != null && !blindnessTold) {
            blindnessTold = true;
            Log.warn(false, blind);
        }
        owner.secondPassed();
    }

    /** Capture thread. */
    private void turned(Path next) {
        file = next;
        sinks.turned(next);
    }

    /** A file's packets name who handed their bytes over; for recordings it is asked all the time. */
    private BooleanSupplier wantsOrigins() {
        if (options.isFlight() || options.file().isPresent()) {
            return () -> true;
        }
        return jfr == null ? () -> false : jfr::wantsOrigins;
    }

    private static StackPolicy policy(StackSampling sampling) {
        return switch (sampling) {
            case StackSampling.All all -> StackPolicy.all();
            case StackSampling.Off off -> StackPolicy.off();
            case StackSampling.Rate rate -> StackPolicy.perSecond(rate.perSecond());
        };
    }

    private void endAfter(Duration duration) {
        Thread timer = new Thread(null, () -> {
            try {
                Thread.sleep(duration);
                owner.ended();
            } catch (InterruptedException stoppedBefore) {
                // nothing to end
            }
        }, "netflight-duration", 0, false);
        timer.setDaemon(true);
        timer.start();
    }

    /**
     * Completes the capture's file and begins the next one. What has passed by now is in the old one.
     *
     * @return the new one
     * @throws CaptureException with a sentence and the remedy
     */
    synchronized Path rotate() throws CaptureException {
        if (files == null || !Files.isRegularFile(file)) {
            throw new CaptureException("The capture has no file that could be rotated: "
                    + (flight != null ? "in flight mode use dump." : "stop it and start one with file=PATH."));
        }
        Path before = file;
        try {
            loop.settle();
            CompletableFuture<Path> next = files.turnSoon();
            loop.wake();
            Path now = next.get(TURN_SECONDS, TimeUnit.SECONDS);
            if (now.equals(before)) {
                throw new CaptureException("The file " + before + " has no packet yet, so there is nothing to complete."
                        + " Rotate again when packets have come.");
            }
            return now;
        } catch (ExecutionException failed) {
            throw new CaptureException("The next file cannot be written: " + failed.getCause().getMessage()
                    + ". The capture's file is complete, and nothing is written any more: stop and start it.", failed);
        } catch (TimeoutException busy) {
            throw new CaptureException("The capture has not come to its next file within " + TURN_SECONDS
                    + " s; it may do so still. netflight status tells the file.", busy);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CaptureException("Nobody waits for the next file any more, it is begun all the same.", interrupted);
        }
    }

    // ---- the end ------------------------------------------------------------------------------------------------

    /**
     * Ends the capture: the file is complete, every hook and program gone when this returns.
     *
     * @param restoreClasses whether the JDK's classes are put back; not needed when the JVM goes down
     */
    synchronized void stop(boolean restoreClasses) {
        if (stopped) {
            return;
        }
        stopped = true;
        if (reader != null) {
            reader.giveUpSoon();
        }
        program.detach();
        try {
            loop.stop(files == null || Files.isRegularFile(file) ? 0 : READER_PATIENCE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        processesRefusedAtEnd = program.processesRefused();
        last = loop.counters();
        if (flight != null) {
            flight.end();
        }
        HookSwitch.off();
        if (restoreClasses) {
            if (flight != null) {
                flight.unweave();
            }
            weaver.close();
        }
        operations.close();
        program.close();
    }

    /** Takes back what a start that failed has done. */
    private void undo() {
        if (hook != null || flight != null && weaver != null) {
            HookSwitch.off();
        }
        if (flight != null) {
            flight.unweave();
        }
        if (weaver != null) {
            weaver.close();
        }
        if (sinks != null) {
            sinks.close(Counters.NONE);
        }
        if (program != null) {
            program.close();
        }
    }

    // ---- what can be told of it ----------------------------------------------------------------------------------

    Options options() {
        return options;
    }

    Instant started() {
        return started;
    }

    /** The capture file, of a rotation or of several dumps the newest; or {@code null}. */
    Path file() {
        return flight != null ? flight.file() : file;
    }

    /** What has become of its packets now that it has ended, as the end of a sentence; empty where none were to be kept. */
    String outcome() {
        if (flight != null) {
            return (file() == null ? "; nothing of it was dumped" : "; complete in " + file())
                    + (flight.failure() == null ? "" : ". " + flight.failure());
        }
        if (file == null) {
            return "";
        }
        return sinks.names().contains(files.name()) ? "; complete in " + file
                : "; incomplete in " + file + ". " + String.join(". ", sinks.failures());
    }

    /** What flight mode has kept, or {@code null} without it. */
    Flight flight() {
        return flight;
    }

    Counters counters() {
        return last != null ? last : loop.counters();
    }

    /** What a packet must be to be matched, or {@code null}. */
    PacketFilter filter() {
        return filter;
    }

    /** Whether connections of which the filter accepts no packet are not followed. */
    boolean leavesOut() {
        return program.features().leavesOut(filter);
    }

    /** Whether calls are not looked at, since no connection passes the filter. */
    boolean areCallsAsleep() {
        return program.calls().areAsleep();
    }

    /** What it does without because this JVM lacks it, as words; empty if nothing. */
    String without() {
        return jfr == null ? "JFR events (this JVM runs without jdk.jfr)" : "";
    }

    /** Who has loaded its kernel programs, as words; empty for this JVM. */
    String loader() {
        return program.loader();
    }

    /** Where it takes packets, and why there. */
    BackendChoice backend() {
        return BackendChoice.of(program.features(), options.backend().kernels());
    }

    List<String> sinkNames() {
        return sinks.names();
    }

    List<String> sinkFailures() {
        return sinks.failures();
    }

    KernelFeatures features() {
        return program.features();
    }

    /** Processes of the scope that could not be followed. */
    long processesRefused() {
        return last != null ? processesRefusedAtEnd : program.processesRefused();
    }

    /** The hooks in the kernel that it uses or misses. */
    boolean concerns(KernelHook hook) {
        return needs.kernel().contains(hook) && program.features().concerns(hook) && concernsScope(hook);
    }

    private Set<KernelHook> hooksInUse(KernelFeatures features) {
        Set<KernelHook> used = features.used(CapturePrograms.scope(options));
        used.retainAll(needs.kernel());
        return used;
    }

    /** What it has installed. */
    EventNeeds needs() {
        return needs;
    }

    private boolean concernsScope(KernelHook hook) {
        return hook.need != KernelHook.Need.SCOPED || options.scope() != Options.Scope.PROCESS;
    }

    List<HookStatus> hooks() {
        return weaver.status();
    }

    /** What became of the hooks in libraries. */
    List<HookStatus> libraries() {
        return weaver.libraries();
    }

    /** About how many submissions were forgotten before their bytes were written. */
    long originsEvicted() {
        return origins.evicted();
    }

    /** Sockets that were open when it began. */
    int openSockets() {
        return openSockets;
    }

    /** Operations begun on followed threads, captured or not. */
    long operationsSeen() {
        return hook.operationsSeen();
    }

    long threadsWithoutSlot() {
        return hook.threadsWithoutSlot();
    }

    /** What went wrong in a part of it while the rest goes on: a sentence, or {@code null}. */
    String trouble() {
        if (loop.failure() != null) {
            return "The capture thread has ended: " + loop.failure();
        }
        if (hook.failure() != null) {
            return "A hook failed and left an operation out: " + hook.failure();
        }
        if (hook.listenerFailure() != null) {
            return "JFR events of operations are switched off: " + hook.listenerFailure();
        }
        return program.trouble();
    }
}
