package dev.netflight.model;

import java.util.Set;

/**
 * What the kernel programs are to tell beside packets, as long as somebody wants to know.
 *
 * @param troubles    of which a record is made
 * @param connections all of them, also those of which the filter accepts no packet
 * @param datagrams   operations on sockets of UDP
 */
public record Wants(Set<TroubleKind> troubles, boolean connections, boolean datagrams) {}
