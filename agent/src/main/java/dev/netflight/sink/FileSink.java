package dev.netflight.sink;

import dev.netflight.model.Counters;
import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.file.Path;

/** An output to a file that can be completed and gone on with in another one, packet after packet. */
public interface FileSink extends Sink {

    /** {@return an upper bound of the completed file's length if this packet were in it too} */
    long lengthWith(Packet packet);

    /** {@return packets in the file that is written now} */
    long packetsInFile();

    /**
     * Completes the file and begins another one, which must be of the same kind.
     *
     * @param counters of the capture so far
     * @throws IOException that names the file and the reason; the output takes nothing more then
     */
    void turn(Path next, CaptureAnchor anchor, Counters counters) throws IOException;

    /**
     * Completes a file that has a part of the capture only: what is counted in it is of this part. Idempotent.
     *
     * @param counters of the capture so far
     * @throws IOException that names the file and the reason
     */
    default void closePart(Counters counters) throws IOException {
        close(counters);
    }
}
