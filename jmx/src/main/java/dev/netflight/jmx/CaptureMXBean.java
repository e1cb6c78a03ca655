package dev.netflight.jmx;

/**
 * Controls and watches the capture of this JVM. Counters are those of the running capture, else of the last one.
 *
 * <p>An operation that fails throws an {@link IllegalStateException} whose message says why and what to do about it: a
 * client without this interface sees it as the cause of a {@code RuntimeMBeanException}.
 */
public interface CaptureMXBean {
    /** Name of the bean. */
    String OBJECT_NAME = "dev.netflight:type=Capture";

    /** {@return {@code armed}, {@code capturing} or {@code failed}} */
    String getState();

    /** {@return the capture file; empty if there is none} */
    String getFile();

    /** {@return the filter expression; empty if there is none} */
    String getFilter();

    /** {@return packets given to the outputs} */
    long getPacketsCaptured();

    /** {@return packets that found the ring buffer full} */
    long getPacketsLost();

    /** {@return packets that Netflight left out, for a reason that its log names} */
    long getPacketsDropped();

    /** {@return packets kept without a known operation} */
    long getPacketsUnattributed();

    /** {@return bytes written to the capture file} */
    long getBytesWritten();

    /** {@return operations seen on captured sockets} */
    long getOperationsSeen();

    /**
     * Starts a capture.
     *
     * @param options as for the agent, such as {@code file=shop.pcapng,snaplen=0}; empty for the defaults
     * @return what was started
     */
    String start(String options);

    /** Stops the capture and completes its file. {@return its totals} */
    String stop();

    /** {@return state, options, counters and hooks, on several lines} */
    String status();

    /**
     * Writes what a capture in flight mode keeps; the capture goes on.
     *
     * @param file where to; empty for the capture's own file
     * @return what was written
     */
    String dump(String file);

    /** Ends the capture file and begins the next one. {@return the new file} */
    String rotate();
}
