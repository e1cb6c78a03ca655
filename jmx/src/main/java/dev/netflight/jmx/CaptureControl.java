package dev.netflight.jmx;

/**
 * What the bean asks of the agent. Called on threads of JMX, by several clients at a time.
 *
 * <p>Whoever may call the bean need not be whoever started the JVM: {@link #run} lets commands name files only below the
 * folder that was configured when the agent was loaded.
 */
public interface CaptureControl {

    /**
     * Carries out a command as the agent's options give it, verb first.
     *
     * @return {@code OK …} or {@code ERROR …}; nothing is thrown
     */
    String run(String options);

    /** {@return {@code armed}, {@code capturing} or {@code failed}} */
    String state();

    /** {@return the capture file, or {@code null}} */
    String file();

    /** {@return the pcap-filter(7) expression, or {@code null}} */
    String filter();

    // Counters of the running capture, else of the last one, else 0.

    long packetsCaptured();

    long packetsLost();

    long packetsDropped();

    long packetsUnattributed();

    long bytesWritten();

    long operationsSeen();
}
