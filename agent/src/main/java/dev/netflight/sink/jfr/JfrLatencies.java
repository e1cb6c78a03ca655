package dev.netflight.sink.jfr;

import dev.netflight.jfr.CallLatency;
import dev.netflight.jfr.ReadLatency;
import dev.netflight.jfr.WriteLatency;
import dev.netflight.model.AddressText;
import dev.netflight.model.Latency;
import dev.netflight.model.Operation;

/** Commits where the time of writes and reads went, on the capture thread. */
final class JfrLatencies {
    private JfrLatencies() {}

    /** {@return whether a recording wants to know} Event classes must be registered. */
    static boolean wanted() {
        return Probes.WRITE_LATENCY.isEnabled() || Probes.READ_LATENCY.isEnabled();
    }

    static void commit(Latency latency) {
        if (latency.sent() && Probes.WRITE_LATENCY.isEnabled()) {
            var event = new WriteLatency();
            event.firstOnWire = span(latency.startedNanos(), latency.firstNanos());
            event.lastOnWire = span(latency.startedNanos(), latency.lastNanos());
            event.acknowledged = span(latency.startedNanos(), latency.acknowledgedNanos());
            commit(event, latency);
        } else if (!latency.sent() && Probes.READ_LATENCY.isEnabled()) {
            var event = new ReadLatency();
            event.sinceFirst = span(latency.firstNanos(), latency.endedNanos());
            event.sinceLast = span(latency.lastNanos(), latency.endedNanos());
            commit(event, latency);
        }
    }

    private static void commit(CallLatency event, Latency latency) {
        Operation operation = latency.operation();
        event.operationId = operation.id();
        event.connectionId = latency.connection().id;
        event.bytes = operation.bytes();
        event.inCall = latency.endedNanos() - latency.startedNanos();
        event.repeated = latency.again();
        event.remoteAddress = AddressText.of(latency.connection().remoteAddress);
        event.remotePort = latency.connection().remotePort;
        event.javaThread = operation.thread().name();
        event.javaThreadId = operation.thread().id();
        event.frame = JfrSink.frame(operation);
        event.commit();
    }

    /** {@code System.nanoTime()} may be any number, but 0 it is for an instant of the machine's start only. */
    private static long span(long from, long to) {
        return from == 0 || to == 0 ? CallLatency.UNKNOWN : to - from;
    }
}
