/**
 * Other JVMs of this machine: finds them and tells their state without disturbing them, and hands a command to the agent in
 * one of them.
 *
 * <p>Runs in the command line's own process only. What is read here was written by others: everything is bounded, and nothing
 * of it is followed out of the target's own file system. May import {@code dev.netflight.libbpf}, to touch the target's files as
 * its user, and of the JDK also {@code jdk.attach}.
 */
package dev.netflight.jvm;
