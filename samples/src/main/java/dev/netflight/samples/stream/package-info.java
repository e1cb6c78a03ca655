/** Netflight's JFR events as they happen, from another JVM. Knows JFR and the events' names, and nothing of the agent. */
package dev.netflight.samples.stream;
