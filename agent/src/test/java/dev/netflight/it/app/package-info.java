/**
 * Programs that the tests run in JVMs of their own. They know the JDK's {@code java.base} only, and nothing of the tests.
 *
 * <p>What a test has to wait for they print as a line; what they wait for they read as a line.
 */
package dev.netflight.it.app;
