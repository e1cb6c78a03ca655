package dev.netflight.sink.jfr;

import dev.netflight.model.OperationKind;
import dev.netflight.sink.CaptureAnchor;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/** A JVM that records nothing when the sink is opened, and something later; prints what it finds. */
final class IdleJvm {
    private IdleJvm() {}

    /** @param args where the recording goes */
    public static void main(String[] args) throws Exception {
        JfrSink sink = JfrSink.open(JfrSinkTest.SETTINGS, CaptureAnchor.now(), wanted -> { }, () -> { });
        boolean early = sink.operations().operationStarted(OperationKind.READ.code) != null;
        System.out.println("in use " + FlightRecorder.isInitialized() + ", event " + early);
        try (var recording = new Recording()) {
            recording.start();
            boolean now = sink.operations().operationStarted(OperationKind.READ.code) != null;
            System.out.println("in use " + FlightRecorder.isInitialized() + ", event " + now);
            sink.close(JfrSinkTest.COUNTERS);
            recording.stop();
            recording.dump(Path.of(args[0]));
        }
        // Opened and closed before JFR is in use: leaves nothing behind. A deadlock would show here.
        Thread opener = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 100; i++) {
                JfrSink.open(JfrSinkTest.SETTINGS, CaptureAnchor.now(), wanted -> { }, () -> { }).close(JfrSinkTest.COUNTERS);
            }
        });
        opener.join(TimeUnit.SECONDS.toMillis(30));
        System.out.println("opener " + opener.getState());
    }
}
