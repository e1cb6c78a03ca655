/**
 * Weaves calls of the hook class into the JDK's socket code, and takes them out again.
 *
 * <p>{@link dev.netflight.instrument.HookTable} says which calls, {@link dev.netflight.instrument.Weaver} puts them in.
 * This is the only package that uses Byte Buddy, and mostly at build time: {@link dev.netflight.instrument.WeaveAhead} weaves the build's JDK,
 * and a JVM whose classes are the same takes those bytes and never loads Byte Buddy.
 *
 * <p>Weaving happens on the thread that starts or stops a capture, and on any thread that loads one of the classes while a
 * capture runs. May import: {@code net.bytebuddy}, {@code java.instrument}. Of the hook class it knows the name.
 */
package dev.netflight.instrument;
