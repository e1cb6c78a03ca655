package dev.netflight.control;

import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Latency;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Packet;
import dev.netflight.model.Trouble;
import dev.netflight.sink.Sink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The outputs of a capture. One that fails is switched off alone, and said once. Capture thread only, but for
 * {@link #names} and {@link #failures}.
 */
final class Sinks {
    private final List<Sink> open;
    private final WriteBehind behind;
    private final Consumer<String> onFailure;
    private volatile List<String> names;
    private volatile List<String> failures = List.of();
    private volatile long bytesWritten;
    /** Written by sinks that were switched off. */
    private long bytesBefore;
    private long dropped;
    private boolean waiting;

    /**
     * @param behind    told how long the capture file is
     * @param onFailure told a sentence when a sink is switched off
     */
    Sinks(List<Sink> sinks, WriteBehind behind, Consumer<String> onFailure) {
        this.behind = behind;
        this.open = new ArrayList<>(sinks);
        this.onFailure = onFailure;
        this.names = sinks.stream().map(Sink::name).toList();
    }

    private interface Call {
        void on(Sink sink) throws IOException;
    }

    void packet(Packet packet) {
        if (open.isEmpty() && !failures.isEmpty()) {
            dropped++;
            return;
        }
        waiting = true;
        for (int i = 0; i < open.size(); i++) {
            try {
                open.get(i).packet(packet);
            } catch (IOException | RuntimeException failure) {
                switchOff(i--, failure);
            }
        }
    }

    void connectionEnded(Connection connection) {
        each(sink -> sink.connectionEnded(connection));
    }

    void connectionOpen(Connection connection) {
        each(sink -> sink.connectionOpen(connection));
    }

    /** Whether any of them wants {@link #latency}. */
    boolean wantLatencies() {
        for (int i = 0; i < open.size(); i++) {
            if (open.get(i).wantsLatencies()) {
                return true;
            }
        }
        return false;
    }

    void latency(Latency latency) {
        each(sink -> sink.latency(latency));
    }

    void origins(Operation write, OperationRanges ranges, Connection connection) {
        each(sink -> sink.origins(write, ranges, connection));
    }

    void trouble(Trouble trouble) {
        each(sink -> sink.trouble(trouble));
    }

    void statistics(Counters counters) {
        each(sink -> sink.statistics(counters));
    }

    /** Whether a packet was given since the last flush. */
    boolean isWaiting() {
        return waiting;
    }

    void flush() {
        waiting = false;
        each(Sink::flush);
        countBytes();
    }

    void close(Counters counters) {
        each(sink -> sink.close(counters));
        countBytes();
        behind.close();
        open.clear();
    }

    private void countBytes() {
        bytesWritten = bytes();
        behind.written(bytesWritten);
    }

    private long bytes() {
        long bytes = bytesBefore;
        for (Sink sink : open) {
            bytes += sink.bytesWritten();
        }
        return bytes;
    }

    private void each(Call call) {
        for (int i = 0; i < open.size(); i++) {
            try {
                call.on(open.get(i));
            } catch (IOException | RuntimeException failure) {
                switchOff(i--, failure);
            }
        }
    }

    private void switchOff(int index, Exception failure) {
        Sink sink = open.remove(index);
        String sentence = "The output " + sink.name() + " failed and is switched off, what it holds stays readable: "
                + (failure.getMessage() == null ? failure.toString() : failure.getMessage());
        List<String> more = new ArrayList<>(failures);
        more.add(sentence);
        failures = List.copyOf(more);
        names = open.stream().map(Sink::name).toList();
        onFailure.accept(sentence);
        try {
            sink.close(null);
        } catch (IOException | RuntimeException second) {
            // the first failure has been told
        }
        bytesBefore += sink.bytesWritten();
    }

    List<String> names() {
        return names;
    }

    /** A sentence for each sink that was switched off. */
    List<String> failures() {
        return failures;
    }

    /** Packets that no sink could take. */
    long dropped() {
        return dropped;
    }

    /** The capture goes on in another file. */
    void turned(Path file) {
        behind.follow(file, bytes());
    }

    long bytesWritten() {
        return bytesWritten;
    }
}
