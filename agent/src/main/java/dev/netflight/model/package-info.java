/**
 * The event model: what a capture saw, in words of the JDK only.
 *
 * <p>Nothing here knows how an event was obtained (no {@code java.lang.foreign}, no kernel layout) or where it goes (no
 * sink). All objects are made and read on the capture thread, except {@link dev.netflight.model.Counters}, whose fields
 * any thread may read. May import: {@code java.base} only.
 */
package dev.netflight.model;
