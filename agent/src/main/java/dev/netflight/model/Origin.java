package dev.netflight.model;

/**
 * Who handed over the bytes that another thread wrote: the place beside an operation for event loops and pools.
 *
 * @param threadName {@code Thread.getName()} of the submitting thread
 * @param threadId   its {@code Thread.threadId()}
 * @param stack      its stack at the submission
 * @param from       first byte of the operation that this origin submitted, counted from the operation's first byte
 * @param to         one past its last byte
 */
public record Origin(String threadName, long threadId, JavaStack stack, long from, long to) {}
