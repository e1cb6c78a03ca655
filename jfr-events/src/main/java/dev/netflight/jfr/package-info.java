/**
 * Netflight's JFR event classes and nothing else, one in each file; {@code docs/jfr-events.md} describes them.
 *
 * <p>Events of operations are committed on the application's thread, so that their thread and stack are the
 * operation's own; all others on Netflight's threads, without a stack. {@link dev.netflight.jfr.OperationId},
 * {@link dev.netflight.jfr.ConnectionId} and {@link dev.netflight.jfr.PacketNumber} mark the fields that join them with
 * each other and with the packets of a pcapng file. Fields are public and plain: JFR stores primitives and strings only.
 *
 * <p>The classes register themselves nowhere ({@code @Registered(false)}): whoever commits them says when. May import:
 * {@code jdk.jfr}.
 */
package dev.netflight.jfr;
