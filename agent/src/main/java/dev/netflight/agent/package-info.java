/**
 * The core's entry point, called by {@code dev.netflight.boot} from outside the module layer.
 *
 * <p>Runs on the thread that loads the agent. May import {@code dev.netflight.control} and
 * {@code dev.netflight.cli}; nothing imports this.
 */
package dev.netflight.agent;
