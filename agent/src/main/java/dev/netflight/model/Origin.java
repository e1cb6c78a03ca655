package dev.netflight.model;

/**
 * Who handed over bytes that another thread wrote, as event loops and pools do. Beside an operation that sent them.
 *
 * @param threadName {@code Thread.getName()} of the submitting thread
 * @param threadId   its {@code Thread.threadId()}
 * @param stack      its stack at the submission, or {@code null} where stacks are off or were throttled
 * @param from       the first of these bytes, as a TCP sequence number
 * @param to         one past the last
 */
public record Origin(String threadName, long threadId, JavaStack stack, int from, int to) {

    /** Whether any of these bytes is among {@code length} bytes from {@code sequence} on. */
    public boolean touches(int sequence, int length) {
        return to - sequence > 0 && sequence + length - from > 0;
    }
}
