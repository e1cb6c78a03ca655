package dev.netflight.read;

/**
 * A block that is no packet and begins nothing: names, statistics, secrets.
 *
 * @param type of the block
 * @param raw  the whole block as it was read
 */
public record OtherBlock(int type, byte[] raw) implements Block {
}
