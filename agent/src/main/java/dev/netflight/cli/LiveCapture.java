package dev.netflight.cli;

import dev.netflight.jvm.Attachment;
import dev.netflight.jvm.JavaProcess;
import dev.netflight.jvm.RefusedException;
import dev.netflight.jvm.StreamSocket;
import dev.netflight.libbpf.PcapException;
import dev.netflight.read.Block;
import dev.netflight.read.CaptureFormatException;
import dev.netflight.read.CaptureReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One capture in another JVM whose packets come here as they are captured. A thread of its own takes the stream; whoever ends the
 * capture first (the user, the count, the target) is the one who tidies up.
 */
final class LiveCapture {
    private static final Duration LAST_PACKETS = Duration.ofSeconds(3);
    private static final Pattern BOOKS = Pattern.compile(
            "matched ([\\d,]+) = emitted ([\\d,]+) \\+ lost ([\\d,]+) \\(ring full\\) \\+ dropped ([\\d,]+)");

    private final JavaProcess target;
    private final Attachment attachment;
    private final PacketOutput output;
    private final StreamSocket socket;
    private final Thread reader = new Thread(null, this::read, "netflight-stream", 0, false);
    /** Guarded by this. */
    private boolean running;
    private boolean ended;
    private String totals = "";
    private boolean told;

    /** What ended the stream, {@code null} for its good end. */
    private volatile Exception trouble;
    private volatile boolean enough;

    LiveCapture(JavaProcess target, Attachment attachment, PacketOutput output) throws RefusedException {
        this.target = target;
        this.attachment = attachment;
        this.output = output;
        this.socket = StreamSocket.listen(target);
        reader.setDaemon(true);
    }

    /**
     * Begins.
     *
     * @param options the agent's, without a verb and a file
     * @return the agent's answer
     */
    synchronized String start(String options) throws RefusedException {
        if (ended) {
            return "ERROR ended before it began";
        }
        reader.start();
        String answer;
        try {
            answer = Starting.tell(target, attachment, "start,file=unix:" + socket.path() + options);
        } catch (RefusedException failure) {
            close();
            throw failure;
        }
        running = answer.startsWith("OK");
        if (!running) {
            close();
        }
        return answer;
    }

    /** Waits until the stream ends, or nothing more of it is wanted. */
    void await() throws InterruptedException {
        reader.join();
    }

    /** Ends the capture if it still runs, takes what is still under way and writes everything out. Idempotent. */
    synchronized void end() throws InterruptedException {
        if (ended) {
            return;
        }
        ended = true;
        String books = null;
        if (running) {
            running = false;
            books = books();
            reader.join(LAST_PACKETS.toMillis());
        }
        close();
        totals = books == null ? "" : totals(books);
        if (reader.isAlive()) {
            return; // whoever reads our output does not: it stays where it is
        }
        try {
            output.finish();
        } catch (IOException failure) {
            trouble = trouble == null ? failure : trouble;
        }
    }

    /** {@return the agent's last words} The stop of a capture that has ended by itself is refused: then the status has them. */
    private String books() {
        try {
            String stopped = attachment.tell("stop");
            return BOOKS.matcher(stopped).find() ? stopped : attachment.tell("status");
        } catch (RefusedException gone) {
            return "";
        }
    }

    private String totals(String answer) {
        Matcher books = BOOKS.matcher(answer);
        if (!books.find()) {
            return answer.isEmpty() ? "process " + target.pid() + " has ended; " + output.packets() + " packets came from it"
                    : answer;
        }
        String captured = books.group(2);
        String selected = Long.toString(output.packets());
        return (selected.equals(captured.replace(",", "")) ? "" : selected + " selected of ") + captured + " packets captured, "
                + books.group(3) + " lost (ring full), " + books.group(4) + " dropped";
    }

    /**
     * Says once, after the end, what was captured, lost and dropped.
     *
     * @return whether it has been said by now, be it by another thread
     */
    synchronized boolean tellTotals(Consumer<String> listener) {
        if (!totals.isEmpty()) {
            listener.accept(totals);
            totals = "";
            told = true;
        }
        return told;
    }

    /** {@return why the stream broke, {@code null} where it did not} */
    Exception trouble() {
        return enough ? null : trouble;
    }

    private void close() {
        socket.close();
    }

    private void read() {
        try (SocketChannel stream = socket.connection(); CaptureReader capture = CaptureReader.open(Channels.newInputStream(stream))) {
            for (Block block = capture.next(); block != null; block = capture.next()) {
                if (!output.accept(block)) {
                    enough = true;
                    break;
                }
            }
        } catch (CaptureFormatException cut) {
            // a JVM that is killed stops in the middle of a packet
            trouble = ProcessHandle.of(target.pid()).isPresent() ? cut : null;
        } catch (IOException | PcapException | RuntimeException failure) {
            trouble = failure;
        }
    }
}
