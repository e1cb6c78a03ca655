/**
 * The few classes that the application's class path gets to see: they make the core's module layer and hand over to it.
 *
 * <p>Compiled for Java 11, so that an older JDK gets a sentence instead of a stack trace. May import: {@code java.base} and
 * {@code java.instrument}, nothing of ours. Of the core only {@code dev.netflight.agent.Entry} is called, by name.
 */
package dev.netflight.boot;
