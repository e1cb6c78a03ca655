/**
 * Kernel programs for a JVM that may not load any. The command line, run by root, loads and attaches them; the descriptors
 * go to the JVM over a Unix socket, and from then on it alone holds them: its end, or its {@code stop}, takes everything
 * out of the kernel. Nothing stays behind of the command.
 *
 * <p><b>What the JVM gets</b> cannot be turned against others. Maps: its threads' slots, the ring, counters, the reader's
 * word, the names of its control groups; none that says whose packets are captured. Programs: those that it runs on itself, of
 * a type that nothing but BPF_PROG_RUN can run. Links, which can only be closed. What is loaded says the command's own
 * command line; the one word that the JVM can say is "attach".
 *
 * <p>{@link dev.netflight.helper.Helper} is the command's side, {@link dev.netflight.helper.HandedPrograms} the JVM's. May
 * import: {@code dev.netflight.kernel}, {@code dev.netflight.libbpf}.
 */
package dev.netflight.helper;
