package dev.netflight.model;

/**
 * Where the time of one write or read went. Times are CLOCK_MONOTONIC nanoseconds, 0 where a moment was not seen: the packet
 * was not captured, or some were lost in between.
 *
 * @param connection   the operation's
 * @param sent         a write; else a read
 * @param startedNanos when the call began, and when it ended: its bytes are queued, or with the application
 * @param firstNanos   when the packet with its first byte passed the device, for the first time if that came twice
 * @param lastNanos    the same of its last byte
 * @param acknowledgedNanos when an acknowledgement of its last byte came; 0 of a read
 * @param again        whether some of its bytes passed the device more than once
 */
public record Latency(
        Operation operation, Connection connection, boolean sent, long startedNanos, long endedNanos, long firstNanos,
        long lastNanos, long acknowledgedNanos, boolean again) {}
