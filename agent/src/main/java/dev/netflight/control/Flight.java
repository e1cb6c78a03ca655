package dev.netflight.control;

import dev.netflight.control.DumpTriggers.Trigger;
import dev.netflight.hook.ExceptionHook;
import dev.netflight.instrument.ExceptionWeaver;
import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.Libc;
import dev.netflight.libbpf.MappedBuffer;
import dev.netflight.model.Counters;
import dev.netflight.model.ProcessInfo;
import dev.netflight.sink.CaptureAnchor;
import dev.netflight.sink.FileSink;
import dev.netflight.sink.Sink;
import dev.netflight.sink.flight.FlightMemory;
import dev.netflight.sink.flight.FlightSink;
import dev.netflight.sink.flight.PacketTriggers;
import dev.netflight.sink.flight.Snapshot;
import dev.netflight.sink.pcapng.PcapngSettings;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A capture in flight mode: what it keeps, and how that comes into a file. One dump at a time, on a thread of its own whose
 * turn on the processors comes after everybody else's; the capture goes on meanwhile.
 */
final class Flight {
    /** After a dump that a trigger has caused the next such one waits. */
    private static final long PAUSE_NANOS = 30_000_000_000L;
    private static final int NICENESS = 10;
    /** At the end, for a dump that takes long. */
    private static final int PATIENCE_SECONDS = 10;

    /** Who wants to know of dumps. */
    interface Listener {
        /** Any thread. */
        void dumped(String sentence, Path file);

        /** Nobody waits for this dump. Any thread. */
        void dumpFailed(String sentence);
    }

    /** What the capture does for a dump. */
    interface Source {
        /** Waits until what has passed by now is kept, at most a second or so. */
        void settle() throws InterruptedException;

        Counters counters();
    }

    private final Options options;
    private final DumpTriggers triggers;
    private final PcapngSettings settings;
    private final Listener listener;
    private final FlightMemory memory;
    private final DumpFiles files;
    private final Sink sink;
    /** Held while a dump is written. */
    private final ReentrantLock writing = new ReentrantLock();
    /** For what a dump is still to be written, in words. */
    private final AtomicReference<String> wanted = new AtomicReference<>();
    /** When a dump for a trigger was begun, {@code System.nanoTime()}; capture thread. */
    private long triggeredAt = System.nanoTime() - PAUSE_NANOS;
    /** {@code null} where no exception is one. */
    private ExceptionWeaver exceptions;
    private volatile Source source;
    private volatile int dumps;
    private volatile Path last;
    /** What is being written just now, or {@code null}. */
    private volatile Path target;
    private volatile String failure;

    Flight(Options options, ProcessInfo process, PcapngSettings settings, Instant started, Listener listener) {
        this.options = options;
        this.triggers = options.dumpOn();
        this.settings = settings;
        this.listener = listener;
        this.memory = new FlightMemory(options.flightSize(), Flight::room);
        this.files = new DumpFiles(options, process.pid(), started);
        this.sink = new FlightSink(memory, new PacketTriggers(triggers.has(Trigger.RESET),
                triggers.has(Trigger.RETRANSMISSIONS), this::wants));
    }

    private static FlightMemory.Room room(int bytes) throws IOException {
        try {
            MappedBuffer mapped = new MappedBuffer(bytes);
            return new FlightMemory.Room() {
                @Override
                public ByteBuffer memory() {
                    return mapped.buffer();
                }

                @Override
                public void giveBack() {
                    mapped.close();
                }
            };
        } catch (BpfException refused) {
            throw new IOException(refused.getMessage(), refused);
        }
    }

    Sink sink() {
        return sink;
    }

    /** Has exceptions noticed; after the hook classes are defined and before the capture begins. */
    void weave(Instrumentation inst) {
        if (!triggers.exceptions().isEmpty()) {
            HookSwitch.exceptions(new ExceptionHook(this::made));
            exceptions = ExceptionWeaver.weave(inst, triggers.exceptions());
        }
    }

    /** An application's thread makes an exception. No concatenation by +, which links its call site when it is first run. */
    private void made(String name) {
        wants("an exception was made: ".concat(name));
    }

    /** Takes the hooks out of exception classes; after {@link HookSwitch#off}. */
    void unweave() {
        if (exceptions != null) {
            exceptions.close();
        }
    }

    /** The capture runs. */
    void begin(Source source) {
        this.source = source;
    }

    // ---- triggers -----------------------------------------------------------------------------------------------

    /** A dump is to be written, by and by. Any thread, an application's too: stores one word. */
    private void wants(String why) {
        if (wanted.get() == null) {
            wanted.compareAndSet(null, why);
        }
    }

    /** Capture thread. */
    void secondPassed() {
        if (wanted.get() != null && System.nanoTime() - triggeredAt >= PAUSE_NANOS && !writing.isLocked()) {
            triggeredAt = System.nanoTime();
            Thread thread = new Thread(null, this::dumpWanted, "netflight-dump", 0, false);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void dumpWanted() {
        yieldToOthers();
        writing.lock();
        try {
            // the capture may have ended, with a dump that had all
            String why = source == null ? null : wanted.get();
            if (why != null) {
                target = files.next(null);
                source.settle();
                write(null, why);
            }
        } catch (CaptureException | RuntimeException | Error refused) {
            failed(refused);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        } finally {
            target = null;
            writing.unlock();
        }
    }

    private void failed(Throwable refused) {
        failure = refused instanceof CaptureException ? refused.getMessage() : "The dump failed: " + refused;
        Log.warn(false, failure);
        listener.dumpFailed(failure);
    }

    // ---- dumps --------------------------------------------------------------------------------------------------

    /**
     * Writes what is kept now, and waits for it.
     *
     * @param named the file, or {@code null} for the next of the capture's own
     * @return what was written
     * @throws CaptureException with a sentence and the remedy
     */
    String dump(OutputFile named) throws CaptureException {
        if (named == null && !files.hasOwn()) {
            throw new CaptureException("The dump has no file, since the capture was started without one: name it, as in"
                    + " dump,file=/tmp/shop.pcapng.");
        }
        FutureTask<String> task = new FutureTask<>(() -> dumpNow(named));
        Thread thread = new Thread(null, task, "netflight-dump", 0, false);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof CaptureException told) {
                throw told;
            }
            throw new CaptureException("The dump failed: " + failed.getCause(), failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CaptureException("Nobody waits for the dump any more, it is written all the same.", interrupted);
        }
    }

    private String dumpNow(OutputFile named) throws CaptureException, InterruptedException {
        yieldToOthers();
        if (!writing.tryLock()) {
            throw new CaptureException("A dump is being written already, to " + target
                    + ". Ask again when it is complete.");
        }
        try {
            if (source == null) {
                throw new CaptureException(Verbs.NO_FLIGHT);
            }
            target = files.next(named);
            source.settle();
            return write(named, null);
        } finally {
            target = null;
            writing.unlock();
        }
    }

    /** A dump takes the processors' time that is left over. */
    private static void yieldToOthers() {
        Libc.setpriority(Libc.PRIO_PROCESS, Libc.gettid(), NICENESS);
    }

    /** Under the lock. @param why in words, or {@code null} for a dump that somebody has asked for */
    private String write(OutputFile named, String why) throws CaptureException {
        Path file = files.next(named);
        Source from = source;
        wanted.set(null);
        try (Snapshot snapshot = memory.snapshot()) {
            CaptureAnchor now = CaptureAnchor.now();
            long first = snapshot.firstMonoNanos(now.monoNanos());
            FileSink output = PacketOutput.create(file, options, settings, new CaptureAnchor(now.wallNanos(first), first));
            WriteBehind behind = new WriteBehind(file);
            try {
                snapshot.replay(output::packet, () -> behind.written(output.bytesWritten()));
                long packets = output.packetsInFile();
                output.closePart(from.counters());
                files.written(named, file);
                last = file;
                failure = null;
                dumps++;
                String sentence = "dumped " + Status.number(packets) + " packets of the last "
                        + seconds(now.monoNanos() - first) + " to " + file + " (" + Status.number(output.bytesWritten())
                        + " bytes)" + (why == null ? "" : ": " + why);
                listener.dumped(sentence, file);
                return sentence;
            } finally {
                behind.close();
                output.close(null);
            }
        } catch (IOException failed) {
            throw new CaptureException("The dump cannot be written: " + failed.getMessage()
                    + ". Choose a file=… in a folder that user " + System.getProperty("user.name")
                    + " may write to, with room for it. The capture goes on.", failed);
        }
    }

    private static String seconds(long nanos) {
        return nanos / 1_000_000_000 + "." + nanos / 100_000_000 % 10 + " s";
    }

    /**
     * The capture has ended, everything is kept: writes the last dump. One that is being written is waited for, but not for ever: it
     * then completes by itself, with what it has.
     */
    void end() {
        boolean isMine = false;
        try {
            isMine = writing.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String why = wanted.get();
            if (isMine && files.hasOwn() && source != null && (triggers.has(Trigger.END) || why != null)) {
                write(null, why != null ? why : "the capture has ended");
            }
        } catch (CaptureException | RuntimeException | Error refused) {
            failed(refused);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        } finally {
            source = null;
            memory.close();
            if (isMine) {
                writing.unlock();
            }
        }
    }

    // ---- what can be told of it ----------------------------------------------------------------------------------

    /** The newest dump, or {@code null}. */
    Path file() {
        return last;
    }

    /** Why the last dump failed, if nobody has waited for it, else {@code null}. */
    String failure() {
        return failure;
    }

    /** The books of what was emitted: {@code emitted = kept + overwritten}. */
    String status() {
        long since = memory.keptSinceMonoNanos();
        Path next = target;
        return "kept " + Status.number(memory.kept()) + " packets" + (since == 0 ? "" : " of the last "
                + seconds(System.nanoTime() - since)) + " in " + Status.number(memory.held()) + " of "
                + Status.number(memory.size()) + " bytes; overwritten " + Status.number(memory.overwritten())
                + "; dumps " + dumps + (last == null ? "" : ", the last " + last)
                + (next == null ? "" : "; a dump is being written to " + next)
                + (exceptions == null ? "" : "; " + exceptions.status());
    }
}
