package dev.netflight.hook;

import dev.netflight.hook.Submission.Route;
import dev.netflight.model.OperationKind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * What woven library code calls when one thread hands bytes over to another, and where {@link SocketHook} asks who did;
 * also when an event loop gives what it has read to its handlers.
 *
 * <p>Runs on the application's threads, under the rules of {@link SocketHook}. What a thread is doing is kept for the Java
 * thread, not for its carrier: unlike a system call, a task may let a virtual thread unmount.
 *
 * <p>An operation's record waits on its thread while a library's queue is being written, until the library has said whose
 * bytes it took, or until a handler of the application's is about to be called; that is some microseconds.
 */
public final class OriginHook extends NetflightOrigin1 {
    /** All that a thread in {@link Work#ITEM} writes is the item's. */
    private static final int ITEM = 1;
    /** What a thread queues is the item's. */
    private static final int QUEUEING = 2;
    /** A thread writes what was queued. */
    private static final int WRITING = 3;
    /** A thread gives what it reads to handlers. */
    private static final int READING = 4;

    private static final int SUBMISSIONS = 1 << 15;
    private static final int ROUTES = 1 << 12;
    private static final int READ = OperationKind.READ.code;
    private static final int WRITE = OperationKind.WRITE.code;
    private static final int SENDFILE = OperationKind.SENDFILE.code;

    /** What a thread is doing, the innermost first. */
    private static final class Work {
        final Work outer;
        final int kind;
        final Submission submission;
        final Object done;
        /** No more is known of what is queued. */
        boolean isOver;
        int queued;

        Work(Work outer, int kind, Submission submission, Object done) {
            this.outer = outer;
            this.kind = kind;
            this.submission = submission;
            this.done = done;
        }

        /** Whether the item is still somewhere although the work on it is over. */
        boolean isKeptBack() {
            return kind == QUEUEING && queued == 0 && !(done instanceof Future<?> future && future.isDone());
        }
    }

    /** What is known of one Java thread. */
    private static final class State {
        Work work;
        OperationRecord held;
        OriginRun last;
        /** How much was left of each of the buffers that are being consumed, or {@code null}. */
        int[] left;
        /** Whether an operation of the work in progress has been captured. */
        boolean isCaptured;
    }

    private final ThreadLocal<State> states = new ThreadLocal<>();
    private final WeakTable<Submission> submissions = new WeakTable<>(SUBMISSIONS);
    private final WeakTable<Route> routes = new WeakTable<>(ROUTES);
    private final StackPolicy stacks;
    private final BooleanSupplier fits;
    private final BooleanSupplier wanted;
    private volatile boolean isUsed;

    /**
     * @param fits   whether all that is woven for queues is in its place: with a part of it origins could be wrong
     * @param wanted whether anybody is told who handed bytes over; asked at each submission
     */
    public OriginHook(StackPolicy stacks, BooleanSupplier fits, BooleanSupplier wanted) {
        this.stacks = stacks;
        this.fits = fits;
        this.wanted = wanted;
        prime();
    }

    // ---- on application threads: what woven code says ----

    @Override
    protected void submit(Object item, Object context) {
        Work work = workOf(states.get());
        Submission submission = wanted.getAsBoolean() ? submission(item, context, work) : null;
        if (work != null && work.kind == QUEUEING && !work.isOver) {
            work.queued++;
        }
        // also without one: items are used again
        submissions.put(item, submission);
    }

    private Submission submission(Object item, Object context, Work work) {
        Route route = context == null ? null : routeOf(context);
        if (route != null && (route.isUnseen(System.nanoTime()) || route.keepsBack || !fits.getAsBoolean())) {
            return null;
        }
        if (work != null && work.kind == QUEUEING) {
            // handed on by a thread that was itself handed it: the first is the one who matters
            Submission first = work.isOver ? null : work.submission;
            return first == null ? null : new Submission(first.threadId, first.threadName, first.stack, route, null);
        }
        Thread thread = Thread.currentThread();
        return new Submission(thread.threadId(), thread.getName(), stack(route, item), route, null);
    }

    private Throwable stack(Route route, Object item) {
        try {
            return stacks.wants(System.identityHashCode(route == null ? item : route)) ? StackTrace.take() : null;
        } catch (InstantiationException | OutOfMemoryError | StackOverflowError e) {
            return null; // without a stack, then
        }
    }

    private Route routeOf(Object context) {
        Route route = routes.get(context);
        if (route == null) {
            route = new Route();
            routes.put(context, route);
        }
        return route;
    }

    @Override
    protected void pass(Object to, Object from) {
        submissions.put(to, submissions.get(from));
    }

    @Override
    protected void enter(Object item, Object done, int kind) {
        State state = state();
        if (kind == WRITING) {
            release(state);
            state.isCaptured = false;
        }
        state.work = new Work(state.work, kind, submissions.get(item), done);
    }

    @Override
    protected void leave() {
        State state = states.get();
        Work work = workOf(state);
        if (work == null) {
            return; // begun before the capture
        }
        if (work.kind == WRITING || work.kind == READING) {
            release(state);
        } else if (work.submission != null && work.submission.route != null && work.isKeptBack()) {
            work.submission.route.keepsBack = true;
        }
        state.work = work.outer;
        state.isCaptured = true; // what goes on outside is not to be judged by this
        if (work.outer == null && Thread.currentThread().isVirtual()) {
            states.remove();
        }
    }

    @Override
    protected void flush() {
        Work work = workOf(states.get());
        if (work != null) {
            work.isOver = true;
        }
    }

    @Override
    protected void queue(Object entry) {
        Work work = workOf(states.get());
        Submission submission = null;
        if (work != null && work.kind == QUEUEING && !work.isOver) {
            work.queued++;
            submission = work.submission;
        }
        // also without one: entries are used again
        submissions.put(entry, submission);
    }

    @Override
    protected void send(Object entry, long bytes) {
        State state = states.get();
        Submission submission = submissions.get(entry);
        if (state == null || state.held == null) {
            if (submission != null && submission.route != null && (state == null || !state.isCaptured)) {
                submission.route.unseen(System.nanoTime());
            }
            return;
        }
        if (bytes <= 0) {
            return;
        }
        OriginRun last = state.last;
        if (last != null && last.submission == submission) {
            last.bytes += bytes;
            return;
        }
        OriginRun run = new OriginRun(submission, bytes);
        if (last == null) {
            state.held.origins = run;
        } else {
            last.next = run;
        }
        state.last = run;
    }

    @Override
    protected void scatter(Object list) {
        Submission submission = submissions.get(list);
        List<?> parts = (List<?>) list;
        for (int i = 0; i < parts.size(); i++) {
            submissions.put(parts.get(i), submission);
        }
    }

    @Override
    protected void consume(Object buffers) {
        ByteBuffer[] from = (ByteBuffer[]) buffers;
        int[] left = new int[from.length];
        for (int i = 0; i < left.length; i++) {
            left[i] = from[i].remaining();
        }
        state().left = left;
    }

    @Override
    protected void result(Object result, Object buffers) {
        State state = states.get();
        if (state == null || state.left == null) {
            return;
        }
        ByteBuffer[] from = (ByteBuffer[]) buffers;
        Submission all = null;
        for (int i = from.length - 1; i >= 0; i--) {
            if (from[i].remaining() < state.left[i]) {
                Submission one = submissions.get(from[i]);
                if (one != null && !includes(all, one)) {
                    all = all == null ? one : new Submission(one.threadId, one.threadName, one.stack, one.route, all);
                }
            }
        }
        state.left = null;
        submissions.put(result, all);
    }

    @Override
    protected void reach(Object handler) {
        State state = isUsed ? states.get() : null;
        OperationRecord held = state == null ? null : state.held;
        if (held == null || held.kind != READ) {
            return;
        }
        Class<?> type = handler.getClass();
        boolean isLibrarys = Handler.isLibrarys(type.getName());
        if (!isLibrarys || !Handler.isPipelinesEnd(type.getName())) {
            held.handlers = new Handler(type.getName(), held.handlers);
        }
        if (!isLibrarys) {
            release(state); // it may take its time
        }
    }

    private static boolean includes(Submission all, Submission one) {
        for (Submission by = all; by != null; by = by.and) {
            if (by.threadId == one.threadId && by.stack == one.stack) {
                return true;
            }
        }
        return false;
    }

    private State state() {
        State state = states.get();
        if (state == null) {
            state = new State();
            states.set(state);
            isUsed = true;
        }
        return state;
    }

    private static Work workOf(State state) {
        return state == null ? null : state.work;
    }

    // ---- on application threads: what the socket hook asks ----

    /**
     * Gives a record that has just been made its origins, as far as they are known.
     *
     * @return whether it is kept until they are, and offered to its queue then
     */
    boolean holds(OperationRecord record) {
        State state = isUsed ? states.get() : null;
        if (state == null || state.work == null) {
            return false;
        }
        release(state);
        Work work = state.work;
        if (work.kind == READING && record.kind == READ && !record.isVirtual) {
            state.held = record;
            return true;
        }
        if (record.kind != WRITE && record.kind != SENDFILE) {
            return false;
        }
        if (work.kind == ITEM && work.submission != null) {
            record.origins = new OriginRun(work.submission, OriginRun.ALL);
        }
        // the queue of records belongs to the OS thread, which a virtual thread may have left when it comes to offer
        if (work.kind != WRITING || record.isVirtual) {
            return false;
        }
        state.isCaptured = true;
        state.held = record;
        return true;
    }

    private static void release(State state) {
        OperationRecord held = state.held;
        if (held != null) {
            state.held = null;
            state.last = null;
            held.slot.queue.offer(held);
        }
    }

    // ---- control ----

    /** Capture thread, about once a second: lets go of what nobody can ask for any more. */
    public void expire() {
        submissions.expire();
        routes.expire();
    }

    /** About how many submissions were forgotten for want of room. Any thread. */
    public long evicted() {
        return submissions.evicted();
    }

    /** Runs every path once, as {@link SocketHook} does. */
    private void prime() {
        Object item = new Object();
        for (int kind = ITEM; kind <= READING; kind++) {
            submit(item, this);
            submissions.put(item, submission(item, this, null)); // also where nobody wants to know yet
            enter(item, null, kind);
            submit(new Object(), null);
            queue(item);
            pass(this, item);
            send(item, 1);
            flush();
            reach(item);
            leave();
        }
        ByteBuffer[] buffers = {ByteBuffer.allocate(2)};
        scatter(List.of(buffers[0]));
        consume(buffers);
        buffers[0].get();
        result(item, buffers);
        submissions.put(item, null);
        routes.put(this, null);
        submissions.put(this, null);
        Handler.isPipelinesEnd(new Handler("", null).name());
        states.remove();
        isUsed = false;
    }
}
