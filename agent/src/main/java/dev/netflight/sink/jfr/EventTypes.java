package dev.netflight.sink.jfr;

import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;

/** Makes the event classes known to JFR as long as anybody holds them. To register one initialises JFR. */
final class EventTypes {
    /** Guarded by the class. */
    private static int holders;

    private EventTypes() {}

    static synchronized void hold() {
        if (holders++ == 0) {
            for (Class<? extends Event> event : Probes.CLASSES) {
                FlightRecorder.register(event);
            }
        }
    }

    /** Events that are committed after the last one has released them are ignored by JFR. */
    static synchronized void release() {
        if (--holders == 0) {
            for (Class<? extends Event> event : Probes.CLASSES) {
                FlightRecorder.unregister(event);
            }
        }
    }
}
