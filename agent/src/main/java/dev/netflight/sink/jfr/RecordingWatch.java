package dev.netflight.sink.jfr;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/**
 * Tells which running recordings ask for events of ours. A recording asks for an event if its settings name it:
 * {@code netflight.SocketRead#enabled=true}, from a {@code .jfc} file, {@code jcmd}, the command line, JMX or a
 * {@code RecordingStream}. A recording that leaves our events at their defaults asks for nothing, and nothing is done for it.
 *
 * <p>Settings count as they are when a recording starts or stops, which is when JFR tells of it.
 *
 * <p>As soon as JFR is in use, the event types are made known to it, so that Mission Control offers them before anything is
 * captured: about a tenth of what JFR itself takes to begin, once, on the thread that makes the JVM's first recording.
 */
public final class RecordingWatch {
    private static final String PREFIX = "netflight.";
    private static final String ENABLED = "#enabled";
    /** Who starts a recording waits until its events come, but not longer: a start takes some hundred milliseconds. */
    private static final long LONGEST_WAIT_MILLIS = 5_000;

    private final Consumer<List<AskingRecording>> changed;
    /** Recordings that asked when they were last looked at. Guarded by this. */
    private final Set<Long> asked = new HashSet<>();

    private RecordingWatch(Consumer<List<AskingRecording>> changed) {
        this.changed = changed;
    }

    /**
     * Watches from now on, recordings that run already included.
     *
     * @param changed told which recordings ask, in the order of their starts, when that may have changed; one call at a time, on
     *                a thread that may wait
     */
    public static void open(Consumer<List<AskingRecording>> changed) {
        if (!FlightRecorder.isAvailable()) {
            return;
        }
        var watch = new RecordingWatch(changed);
        // Calls back at once if JFR is in use.
        FlightRecorder.addListener(watch.listener());
        if (FlightRecorder.isInitialized()) {
            watch.look();
        }
    }

    private FlightRecorderListener listener() {
        return new FlightRecorderListener() {
            @Override
            public void recorderInitialized(FlightRecorder recorder) {
                // Here, before the recording starts: a class that JFR comes to know while one starts may stay mute in it.
                EventTypes.hold();
            }

            @Override
            public void recordingStateChanged(Recording recording) {
                // Called without a lock, on the thread that starts or stops the recording.
                if (concerns(recording)) {
                    await(beside(RecordingWatch.this::look));
                }
            }
        };
    }

    private synchronized boolean concerns(Recording recording) {
        return asked.contains(recording.getId()) || asks(recording.getSettings());
    }

    private synchronized void look() {
        List<AskingRecording> asking = FlightRecorder.getFlightRecorder().getRecordings().stream()
                .filter(recording -> recording.getState() == RecordingState.RUNNING && asks(recording.getSettings()))
                .map(recording -> new AskingRecording(recording.getId(), recording.getName(),
                        askedFor(recording.getSettings()))).toList();
        asked.clear();
        asking.forEach(recording -> asked.add(recording.id()));
        changed.accept(asking);
    }

    static boolean asks(Map<String, String> settings) {
        return !askedFor(settings).isEmpty();
    }

    /** The names of our events that the settings enable. */
    static Set<String> askedFor(Map<String, String> settings) {
        Set<String> events = new HashSet<>();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            String key = setting.getKey();
            if (key.startsWith(PREFIX) && key.endsWith(ENABLED) && Boolean.parseBoolean(setting.getValue().strip())) {
                events.add(key.substring(0, key.length() - ENABLED.length()));
            }
        }
        return events;
    }

    private static Thread beside(Runnable work) {
        Thread thread = new Thread(null, work, "netflight-recording", 0, false);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void await(Thread thread) {
        try {
            thread.join(LONGEST_WAIT_MILLIS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
