package dev.netflight.model;

/** A kernel event: the name of a network device in a namespace that is not the JVM's; before its first packet. */
public record DeviceEvent(int netns, int ifindex, String name) {}
