package dev.netflight.kernel;

import dev.netflight.libbpf.BpfException;
import dev.netflight.libbpf.BpfLink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The hooks that tell of calls ({@link KernelHook#tellsOfCalls}), which sleep, attached to nothing, as long as the filter can accept no
 * packet of any socket that the process has. So what such a capture costs are the programs of packets alone, for the process
 * and for all others.
 *
 * <p>They are woken before the first call that they must tell of. A connection is followed by its SYN or by the answer to it, so by
 * the end of a connect or an accept it is known whether it is the one: the hook in the JVM asks then, on the application's thread. A
 * UDP socket wakes them when it is bound, a lookup when it begins, where the filter may accept UDP at all. Sockets that no hook in the
 * JVM meets, those of native code, are found by the capture thread a moment later; what is not known of them then is said not to be.
 *
 * <p>Once awake they stay so.
 */
public final class CallHooks {
    /** {@code reader.followed} and its bits, as netflight.h has them. */
    private static final long FOLLOWED = 8;
    private static final int FOLLOWED_SOCKET = 1;
    private static final int FOLLOWED_PERHAPS = 2;

    private static final long LOOK_NANOS = 1_000_000_000L;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final KernelPrograms programs;
    private final MemorySegment reader;
    private final ThreadRuns threads;
    private final List<BpfLink> links = new ArrayList<>();
    private volatile boolean asleep;
    private volatile String trouble;
    /** The others are attached. */
    private boolean attached;
    private long nextLook = System.nanoTime();

    CallHooks(KernelPrograms programs, MemorySegment reader, ThreadRuns threads) {
        this.programs = programs;
        this.reader = reader;
        this.threads = threads;
        this.asleep = programs.callsCanSleep();
    }

    /** Attaches all other hooks, and these where they cannot sleep or are awake already. @return the links */
    synchronized List<BpfLink> attachOthers() {
        attached = true;
        return programs.attach(!asleep);
    }

    /** Whether they are not attached. Any thread. */
    public boolean areAsleep() {
        return asleep;
    }

    /** A sentence with the remedy if they could not be attached, else {@code null}. Any thread. */
    public String trouble() {
        return trouble;
    }

    /**
     * Attaches them, if they sleep and a socket is followed by now. Some hundred microseconds, once; a comparison before and after.
     * Any thread.
     */
    public void wakeIfFollowed() {
        if (asleep && (followed() & FOLLOWED_SOCKET) != 0) {
            wake();
        }
    }

    /** The same before a call that may use UDP, if the filter may accept that. Any thread. */
    public void wakeForDatagrams() {
        if (asleep && programs.datagramsWakeCalls()) {
            wake();
        }
    }

    /**
     * The same for sockets that no hook in the JVM meets. Where a datagram has come that may be for one that only listens, and which no
     * program has met, the process is searched for it, once a second at most. Capture thread, and before it runs who starts it.
     */
    public void wakeForOthers() {
        wakeIfFollowed();
        if (asleep && (followed() & FOLLOWED_PERHAPS) != 0 && System.nanoTime() - nextLook >= 0) {
            nextLook = System.nanoTime() + LOOK_NANOS;
            INT.getAndBitwiseAnd(reader, FOLLOWED, ~FOLLOWED_PERHAPS);
            try {
                threads.adoptOpenSockets();
            } catch (IOException unreadable) {
                wake();
            }
        }
    }

    private int followed() {
        return (int) INT.getOpaque(reader, FOLLOWED);
    }

    /** Attaches them, if they sleep. Any thread; where one has no stack left for it another will do it. */
    synchronized void wake() {
        if (!asleep) {
            return;
        }
        try {
            if (attached) {
                links.addAll(programs.attachCalls());
            }
        } catch (BpfException refused) {
            trouble = "Calls are not seen, so packets have no operation: " + refused.getMessage();
        }
        asleep = false;
    }

    /** Detaches them, if they were attached after the others; they are not woken any more. Idempotent. */
    synchronized void detach() {
        asleep = false;
        for (int i = links.size() - 1; i >= 0; i--) {
            links.get(i).close();
        }
    }
}
