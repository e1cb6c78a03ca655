/**
 * The outputs of a capture, each in a package of its own; here is what they have in common.
 *
 * <p>Every call comes on the capture thread. Sinks know the model, never each other; one that throws is switched off
 * alone. May import: {@code dev.netflight.model}.
 */
package dev.netflight.sink;
