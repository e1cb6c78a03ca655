/**
 * What a user asks for and how it is carried out: options, verbs, a capture from start to stop, its status.
 *
 * <p>{@link dev.netflight.control.Verbs} is called on the main thread at start-up, on the Attach Listener thread and on
 * JMX's; {@link dev.netflight.control.CaptureLoop} owns the capture thread. May import everything of ours but
 * {@code dev.netflight.agent}.
 */
package dev.netflight.control;
