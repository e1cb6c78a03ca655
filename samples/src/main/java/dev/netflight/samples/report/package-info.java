/**
 * Reads a capture back and shows what is in it: an example of how little it takes to work with the two files, and the
 * last step of {@code scripts/demo}. The pcapng is read from its bytes, the recording through {@code jdk.jfr.consumer};
 * nothing but the JDK is used.
 */
package dev.netflight.samples.report;
