/**
 * The JFR output. {@link dev.netflight.sink.jfr.JfrSink} commits packets, connections, statistics and the configuration
 * on the capture thread; {@link dev.netflight.sink.jfr.JfrOperations} commits operations on the application's own
 * threads, for their stacks.
 *
 * <p>Nothing here is touched where the JVM has no {@code jdk.jfr}; see {@link dev.netflight.sink.jfr.JfrSink#isAvailable}.
 * While JFR is not in use the event classes are not even loaded: {@link dev.netflight.sink.jfr.JfrRegistration}. May
 * import: {@code dev.netflight.model}, {@code dev.netflight.sink}, {@code dev.netflight.jfr}, {@code jdk.jfr}, and of
 * {@code dev.netflight.hook} what an operation listener needs.
 */
package dev.netflight.sink.jfr;
