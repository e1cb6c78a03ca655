package dev.netflight.instrument;

/**
 * What became of one hook of {@link HookTable}.
 *
 * @param hook   what it follows, such as {@code read}
 * @param method where, such as {@code sun.nio.ch.SocketDispatcher.read(FileDescriptor, long, int)}
 * @param active whether calls reach the hook
 * @param reason why it is left out; if active, how it was woven
 */
public record HookStatus(String hook, String method, boolean active, String reason) {}
