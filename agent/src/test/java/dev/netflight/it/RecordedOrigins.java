package dev.netflight.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Who handed over which bytes of each connection's stream, as a recording alone tells it. The writes of a connection, one after
 * the other, say where each begins.
 */
final class RecordedOrigins {
    /** What a recording is to have for this. */
    static final List<String> EVENTS = List.of("netflight.WriteOrigin", "netflight.SocketWrite", "jdk.ThreadStart");

    /** @param from where in the stream, from 0 */
    record Handover(long from, long to, long write, CapturedOrigin origin, RecordedEvent event) {
        private boolean touches(long first, long end) {
            return from < end && first < to;
        }
    }

    private final Map<Long, RecordedEvent> writes = new HashMap<>();
    /** By our port, in the order of the bytes. */
    private final Map<Integer, List<Handover>> handovers = new HashMap<>();
    private final Map<Integer, Long> lengths = new HashMap<>();

    private RecordedOrigins() {}

    /** Reads a recording of {@link #EVENTS}; what each event says of its write and its threads must be so. */
    static RecordedOrigins of(Path recording) throws IOException {
        var recorded = new RecordedOrigins();
        List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
        Map<Long, List<RecordedEvent>> origins = new HashMap<>();
        Map<String, Long> threads = new HashMap<>();
        for (RecordedEvent event : events) {
            switch (event.getEventType().getName()) {
                case "netflight.WriteOrigin" ->
                        origins.computeIfAbsent(event.getLong("operationId"), write -> new ArrayList<>()).add(event);
                case "jdk.ThreadStart" ->
                        threads.put(event.getThread("thread").getJavaName(), event.getThread("thread").getJavaThreadId());
                case "netflight.SocketWrite" -> recorded.writes.put(event.getLong("operationId"), event);
                default -> { }
            }
        }
        assertThat(recorded.writes.keySet()).as("writes that have an event").containsAll(origins.keySet());
        // JFR does not promise the order of events
        origins.values().forEach(ofWrite -> ofWrite.sort(Comparator.comparing(event -> event.getLong("offset"))));
        // one lock for each socket: calls do not overlap
        recorded.writes.values().stream().sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .forEach(write -> recorded.add(write, origins.getOrDefault(write.getLong("operationId"), List.of()), threads));
        return recorded;
    }

    private void add(RecordedEvent write, List<RecordedEvent> origins, Map<String, Long> threads) {
        int port = write.getInt("localPort");
        long start = lengths.getOrDefault(port, 0L);
        lengths.put(port, start + write.getLong("bytes"));
        List<Handover> stream = handovers.computeIfAbsent(port, first -> new ArrayList<>());
        for (RecordedEvent event : origins) {
            assertThat(event.getLong("connectionId")).isEqualTo(write.getLong("connectionId"));
            assertThat(event.getInt("remotePort")).isEqualTo(write.getInt("remotePort"));
            assertThat(event.getLong("javaThreadId")).isEqualTo(write.getThread().getJavaThreadId());
            assertThat(event.getLong("originThreadId")).as("of thread %s", event.getString("originThread"))
                    .isEqualTo(threads.getOrDefault(event.getString("originThread"), event.getLong("originThreadId")));
            assertThat(event.getLong("bytes")).isPositive();
            assertThat(event.getLong("offset") + event.getLong("bytes")).isLessThanOrEqualTo(write.getLong("bytes"));
            long from = start + event.getLong("offset");
            stream.add(new Handover(from, from + event.getLong("bytes"), write.getLong("operationId"), origin(event), event));
        }
    }

    /** As a packet's comment would have it. */
    static CapturedOrigin origin(RecordedEvent event) {
        return new CapturedOrigin(event.getString("originThread"), event.getString("originStack").lines().toList());
    }

    /** Those of the bytes {@code [from, to)} that a port has sent, in their order. */
    List<Handover> of(int port, long from, long to) {
        return handovers.getOrDefault(port, List.of()).stream().filter(each -> each.touches(from, to)).toList();
    }

    List<Handover> all() {
        return handovers.values().stream().flatMap(List::stream).toList();
    }

    /** The writes, in no order. */
    List<RecordedEvent> writes() {
        return List.copyOf(writes.values());
    }
}
