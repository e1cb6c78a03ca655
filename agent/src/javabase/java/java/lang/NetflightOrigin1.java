package java.lang;

import jdk.internal.vm.annotation.ForceInline;
import jdk.internal.vm.annotation.Hidden;

/**
 * Where woven library code tells Netflight that one thread hands work to another: who submitted what is later written.
 *
 * <p>A work item is any object that stands for it on its way: a task, a queue's entry, a list of buffers. Defined once per JVM
 * beside {@link NetflightHook1}, under the same rules: the static methods run on the application's threads and never throw,
 * lock or change anything of the application's.
 */
public abstract class NetflightOrigin1 {
    /** {@code null}: nothing is captured. */
    private static volatile NetflightOrigin1 current;

    /** For the agent's implementation. */
    protected NetflightOrigin1() {}

    /** Makes {@code origins} the receiver of all calls; {@code null} switches off. */
    public static void install(NetflightOrigin1 origins) {
        current = origins;
    }

    /**
     * The calling thread hands {@code item} over.
     *
     * @param context what is the same for all items that take the same way, or {@code null}
     */
    @Hidden
    @ForceInline
    public static void submitted(Object item, Object context) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.submit(item, context);
            } catch (Throwable ignored) {
                // what goes wrong here is the agent's affair, never the application's
            }
        }
    }

    /** {@code to} takes the place of {@code from}, or stands for a part of it. */
    @Hidden
    @ForceInline
    public static void passed(Object to, Object from) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.pass(to, from);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /**
     * The calling thread begins to work on {@code item}, until {@link #end}. Nests.
     *
     * @param done a {@link java.util.concurrent.Future} that is done where nothing of the item is left to be written, or
     *             {@code null}
     * @param work 1: all bytes it writes are the item's; 2: what it {@link #queued queues} is the item's; 3: it writes what
     *             was queued; 4: it gives what it reads to {@link #reached handlers}
     */
    @Hidden
    @ForceInline
    public static void begin(Object item, Object done, int work) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.enter(item, done, work);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** Ends the newest {@link #begin} of this thread; also when the work throws. */
    @Hidden
    @ForceInline
    public static void end() {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.leave();
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** What this thread queues from here on until {@link #end} is no longer known to be the item's. */
    @Hidden
    @ForceInline
    public static void flushing() {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.flush();
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** This thread puts {@code entry} into a queue of what is to be written. */
    @Hidden
    @ForceInline
    public static void queued(Object entry) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.queue(entry);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** The newest write of this thread has taken the next {@code bytes} bytes of {@code entry}. */
    @Hidden
    @ForceInline
    public static void sent(Object entry, long bytes) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.send(entry, bytes);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** Each element of {@code list}, a {@link java.util.List}, stands for a part of it. */
    @Hidden
    @ForceInline
    public static void spread(Object list) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.scatter(list);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** This thread begins to make something else of the bytes of {@code buffers}, an array of byte buffers. */
    @Hidden
    @ForceInline
    public static void consuming(Object buffers) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.consume(buffers);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** {@code result} stands for what has been taken out of {@code buffers} since {@link #consuming}. */
    @Hidden
    @ForceInline
    public static void consumed(Object result, Object buffers) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.result(result, buffers);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** What this thread has read last is given to {@code handler}, or what another handler has made of it. */
    @Hidden
    @ForceInline
    public static void reached(Object handler) {
        NetflightOrigin1 origins = current;
        if (origins != null) {
            try {
                origins.reach(handler);
            } catch (Throwable ignored) {
                // as above
            }
        }
    }

    /** {@link #submitted}, when something is captured; as the following ones. What they throw is swallowed. */
    protected abstract void submit(Object item, Object context);

    protected abstract void pass(Object to, Object from);

    protected abstract void enter(Object item, Object done, int work);

    protected abstract void leave();

    protected abstract void flush();

    protected abstract void queue(Object entry);

    protected abstract void send(Object entry, long bytes);

    protected abstract void scatter(Object list);

    protected abstract void consume(Object buffers);

    protected abstract void result(Object result, Object buffers);

    protected abstract void reach(Object handler);
}
