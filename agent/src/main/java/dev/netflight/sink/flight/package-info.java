/**
 * Flight mode: the newest packets, with all that is known of them, in memory outside the heap until somebody asks for them.
 *
 * <p>{@link dev.netflight.sink.flight.FlightMemory} is a row of segments of which the oldest is used again; each can be read by
 * itself, since a thread, a stack or a name stands in it where it is first met. So what an hour of packets refers to costs the
 * application's collector nothing. {@link dev.netflight.sink.flight.Snapshot} gives them back as packets, to any other sink, on any
 * thread, while more are taken. {@link dev.netflight.sink.flight.FlightRecord} has the layout. May import:
 * {@code dev.netflight.model}, {@code dev.netflight.sink}, {@code java.base}.
 */
package dev.netflight.sink.flight;
