/**
 * The core's entry point, called by {@code dev.netflight.boot} from outside the module layer.
 *
 * <p>Runs on the thread that loads the agent. May import {@code dev.netflight.control}; nothing imports this.
 */
package dev.netflight.agent;
