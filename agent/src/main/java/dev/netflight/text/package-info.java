/**
 * Packets as lines of text in tcpdump's form: {@link dev.netflight.text.PacketText} makes the line, one class for each protocol
 * its part of it.
 *
 * <p>Packets come from anywhere and may hold anything: each byte is read through {@link dev.netflight.text.Octets}, which ends the
 * part of a protocol where the captured bytes end; nothing that a packet says is trusted, nothing of it reaches a terminal that a
 * terminal would obey. Not thread-safe. May import {@code read} and {@code model}.
 */
package dev.netflight.text;
