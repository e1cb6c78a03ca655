/**
 * Programs to measure with: they do as little as they can beside the network, so that whatever is added to that shows.
 * {@code scripts/overhead} runs them. Only the JDK is used, everything listens on the loopback address, and nothing here
 * knows of any agent.
 */
package dev.netflight.samples.load;
