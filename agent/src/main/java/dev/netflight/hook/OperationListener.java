package dev.netflight.hook;

import java.net.InetAddress;

/**
 * Sees captured operations on the application's own thread, where a JFR event must be committed to carry the right
 * thread and stack. The only thing in Netflight that runs on an application's thread and is written outside this
 * package: what holds for {@link SocketHook} holds for it. It must not lock, block, initialise a class for the first
 * time, or do anything else that may unmount a virtual thread.
 *
 * <p>Use: {@link #operationStarted} makes and begins the event if, and only if, an enabled recording wants this kind;
 * {@link #operationEnded} fills and commits it. An operation that the kernel did not capture is never ended here: its
 * event object is forgotten. While nothing is recorded the cost is the one call of {@code operationStarted} that
 * answers {@code null}.
 *
 * <p>Both methods of one operation are called by the same thread on the same carrier, {@code operationEnded} after the
 * operation's record was offered to the capture thread and outside the measured time of no other operation. A listener
 * that throws is not called again; {@link SocketHook#listenerFailure()} then tells why.
 */
public interface OperationListener {

    /**
     * Called for each operation on a socket, captured or not, before the system call.
     *
     * @param kind {@link dev.netflight.model.OperationKind#code}
     * @return the begun event, or {@code null} if none is wanted; must not allocate in that case
     */
    Object operationStarted(int kind);

    /** {@return whether the times of calls are to be taken for the capture thread} Asked for each operation: a load or two. */
    default boolean wantsTimes() {
        return false;
    }

    /**
     * Called after the system call if the kernel captured the operation and {@link #operationStarted} gave an event.
     *
     * @param event     what {@code operationStarted} returned
     * @param operation what is known of the operation; shared with the capture thread, so only to be read
     */
    void operationEnded(Object event, OperationRecord operation);

    /**
     * As {@link #operationEnded} after a lookup, which is told whether the kernel captured packets of it or not.
     *
     * @param event     what {@code operationStarted} returned
     * @param operation the lookup's number
     * @param addresses the answer, only to be read; {@code null} if it failed
     * @param failure   why, or {@code null}
     */
    default void lookupEnded(
            Object event, long operation, String host, InetAddress[] addresses, Throwable failure) {}
}
