/**
 * The kernel side of a capture as Java sees it: which hooks there are and which this kernel has, the loaded programs and
 * their maps, and the layout of what they share with user space ({@code bpf/src/netflight.h}).
 *
 * <p>Opened, used and closed by the thread that controls the capture; counters may be read by any thread, and
 * {@link dev.netflight.kernel.CaptureProgram#threads()} is made for the application's threads. May import:
 * {@code dev.netflight.libbpf}, {@code dev.netflight.ring}, {@code dev.netflight.model}.
 */
package dev.netflight.kernel;
