/**
 * Records of the ring become kernel events of the model. Here memory ends: what comes after sees objects and byte
 * buffers.
 *
 * <p>Capture thread only. May import: {@code dev.netflight.kernel} (layouts), {@code dev.netflight.model}.
 */
package dev.netflight.decode;
