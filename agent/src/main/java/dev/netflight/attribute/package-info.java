/**
 * Which operation moved the bytes of a packet: the join of packets and operations by TCP sequence numbers.
 *
 * <p>Everything here runs on the capture thread, keeps every table bounded, and counts what it evicts. The rules are in
 * {@code docs/attribution.md}. May import: {@code dev.netflight.model}.
 */
package dev.netflight.attribute;
