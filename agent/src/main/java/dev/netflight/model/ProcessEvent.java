package dev.netflight.model;

/**
 * A kernel event: a process of the scope that is not the JVM used a socket for the first time since it began to run its
 * program. Texts are what the kernel had at hand; {@code /proc} knows more for as long as the process lives.
 *
 * @param tgid      as the initial PID namespace counts
 * @param pid       as the JVM's PID namespace counts, 0 where the process is not in it
 * @param operation the start that it, or a process it descends from, comes from; 0 for none of this capture
 * @param fresh     not the one that had this tgid before
 * @param comm      the first 15 bytes of its name
 * @param file      what was given to exec, empty where that was not seen
 * @param arguments each with a zero character behind it; cut where they are long, empty where they could not be read
 */
public record ProcessEvent(long monoNanos, int tgid, int pid, int parentTgid, int parentPid, long operation,
        boolean fresh, String comm, String file, String arguments) {}
