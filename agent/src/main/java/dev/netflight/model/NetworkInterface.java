package dev.netflight.model;

/**
 * A network device as packets name it.
 *
 * @param netns       inode number of its network namespace
 * @param ifindex     the kernel's number of it, unique within {@code netns}
 * @param name        such as {@code eth0}; {@code if<ifindex>} where the name cannot be known
 * @param description one line for people: device, ifindex, network namespace, and the made-up Ethernet header of a
 *                    layer-3 device
 */
public record NetworkInterface(int netns, int ifindex, String name, String description) {}
