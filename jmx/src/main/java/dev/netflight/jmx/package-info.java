/**
 * The MXBean {@code dev.netflight:type=Capture}: {@link dev.netflight.jmx.CaptureMXBean} is what a client sees,
 * {@link dev.netflight.jmx.CaptureBean} puts it into the JVM's MBean server, over a
 * {@link dev.netflight.jmx.CaptureControl} that the agent implements.
 *
 * <p>Clients call on threads of JMX, several at a time. Types are scalar and operations take one string, so that a plain
 * client such as jmxterm has what it needs. May import: {@code java.management}.
 */
package dev.netflight.jmx;
