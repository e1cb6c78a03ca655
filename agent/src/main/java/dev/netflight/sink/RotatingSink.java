package dev.netflight.sink;

import dev.netflight.model.Connection;
import dev.netflight.model.Counters;
import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * An output to one file after another: the next begins before a packet with which the file would become longer than is
 * wanted, when the file is old enough, or when somebody asks for it. Each is complete, and a packet is in exactly one of them. Of
 * all files the newest are kept.
 */
public final class RotatingSink implements Sink {

    /**
     * When the next file begins, and how many stay.
     *
     * @param maxBytes of a file; 0 for any length. A file whose only packet is longer is longer too
     * @param maxNanos from a file's begin to the next one's; 0 for any time. An empty file is never turned
     * @param keep     files that stay; 0 for all
     */
    public record Rotation(long maxBytes, long maxNanos, int keep) {}

    private final FileSink sink;
    private final Rotation rotation;
    private final IntFunction<Path> names;
    private final Consumer<Path> onTurn;
    private final ArrayDeque<Path> kept = new ArrayDeque<>();
    /** Somebody waits for the next file, whatever this one has. */
    private volatile CompletableFuture<Path> asked;
    private int number;
    private long begunMonoNanos = System.nanoTime();
    private Counters counters = Counters.NONE;

    /**
     * @param sink   writes the file number 0 already
     * @param names  of the files, by their numbers
     * @param onTurn told each further file when it has begun
     */
    public RotatingSink(FileSink sink, Rotation rotation, IntFunction<Path> names, Consumer<Path> onTurn) {
        this.sink = sink;
        this.rotation = rotation;
        this.names = names;
        this.onTurn = onTurn;
        kept.add(names.apply(0));
    }

    @Override
    public String name() {
        return sink.name();
    }

    /**
     * Asks for the next file; any thread. It begins with the next packet or flush, unless the file has no packet: an empty one is
     * not turned.
     *
     * @return the file that is written when the answer comes: the same as before where that one is empty
     */
    public CompletableFuture<Path> turnSoon() {
        CompletableFuture<Path> answer = new CompletableFuture<>();
        asked = answer;
        return answer;
    }

    @Override
    public void packet(Packet packet) throws IOException {
        if (asked != null) {
            turnAsAsked();
        }
        if (sink.packetsInFile() > 0
                && (rotation.maxBytes > 0 && sink.lengthWith(packet) > rotation.maxBytes || isOld())) {
            turn();
        }
        sink.packet(packet);
    }

    private boolean isOld() {
        return rotation.maxNanos > 0 && System.nanoTime() - begunMonoNanos >= rotation.maxNanos;
    }

    private void turnAsAsked() throws IOException {
        CompletableFuture<Path> answer = asked;
        asked = null;
        try {
            if (sink.packetsInFile() > 0) {
                turn();
            }
            answer.complete(names.apply(number));
        } catch (IOException failure) {
            answer.completeExceptionally(failure);
            throw failure;
        }
    }

    private void turn() throws IOException {
        Path next = names.apply(++number);
        sink.turn(next, CaptureAnchor.now(), counters);
        begunMonoNanos = System.nanoTime();
        if (rotation.keep > 0) {
            kept.add(next);
            while (kept.size() > rotation.keep) {
                Files.deleteIfExists(kept.poll());
            }
        }
        onTurn.accept(next);
    }

    @Override
    public void connectionEnded(Connection connection) throws IOException {
        sink.connectionEnded(connection);
    }

    @Override
    public void statistics(Counters counters) throws IOException {
        this.counters = counters;
        sink.statistics(counters);
    }

    @Override
    public void flush() throws IOException {
        if (asked != null) {
            turnAsAsked();
        }
        if (isOld() && sink.packetsInFile() > 0) {
            turn();
        }
        sink.flush();
    }

    @Override
    public void close(Counters counters) throws IOException {
        sink.close(counters);
    }

    @Override
    public long bytesWritten() {
        return sink.bytesWritten();
    }
}
