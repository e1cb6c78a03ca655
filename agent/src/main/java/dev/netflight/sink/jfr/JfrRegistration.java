package dev.netflight.sink.jfr;

import dev.netflight.jfr.CaptureConfiguration;
import dev.netflight.jfr.CaptureStatistics;
import dev.netflight.jfr.OpenConnection;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;

/**
 * Makes the event classes known to JFR for the time of a capture, and no sooner than JFR itself is in use: to register
 * one in a JVM that records nothing costs some hundred milliseconds. The JVM tells when the first recording is made,
 * before it starts, on the thread that makes it; there the classes are loaded, initialised and registered, so that
 * nothing of it is left to a thread of the application.
 */
final class JfrRegistration {
    private final Runnable statistics;
    private final Runnable configuration;
    private final Runnable openConnections;
    private final Runnable changed;
    private final FlightRecorderListener listener = new FlightRecorderListener() {
        @Override
        public void recorderInitialized(FlightRecorder recorder) {
            register();
        }

        @Override
        public void recordingStateChanged(Recording recording) {
            if (registered) {
                changed.run();
            }
        }
    };
    private volatile boolean registered;
    private boolean closed;

    /**
     * @param statistics    commits a {@code CaptureStatistics}, on a thread of JFR
     * @param configuration commits a {@code CaptureConfiguration}, on a thread of JFR
     * @param openConnections has an {@code OpenConnection} committed for each, and returns when that is done; on a thread of JFR
     * @param changed       told when a recording has started or ended, which may want other events than those before
     */
    JfrRegistration(Runnable statistics, Runnable configuration, Runnable openConnections, Runnable changed) {
        this.statistics = statistics;
        this.configuration = configuration;
        this.openConnections = openConnections;
        this.changed = changed;
    }

    /** Registers now if JFR is in use, else as soon as it is. */
    void open() {
        // Calls back at once if JFR is in use.
        FlightRecorder.addListener(listener);
    }

    /** {@return whether events may be made: never before all classes are initialised} */
    boolean isRegistered() {
        return registered;
    }

    /** Idempotent. Events that are committed after it are ignored by JFR. */
    void close() {
        // Not under our lock: JFR calls the listener under one of its own, which this call takes.
        FlightRecorder.removeListener(listener);
        unregister();
    }

    private synchronized void unregister() {
        closed = true;
        if (registered) {
            registered = false;
            FlightRecorder.removePeriodicEvent(statistics);
            FlightRecorder.removePeriodicEvent(configuration);
            FlightRecorder.removePeriodicEvent(openConnections);
            EventTypes.release();
        }
    }

    private synchronized void register() {
        if (closed || registered) {
            return;
        }
        EventTypes.hold();
        FlightRecorder.addPeriodicEvent(CaptureStatistics.class, statistics);
        FlightRecorder.addPeriodicEvent(CaptureConfiguration.class, configuration);
        FlightRecorder.addPeriodicEvent(OpenConnection.class, openConnections);
        JfrOperations.prime();
        registered = true;
    }
}
