package dev.netflight.model;

import java.util.List;

/**
 * A resolved Java stack, leaf first, without Netflight's own frames. Equal stacks are the same object as long as the
 * stack cache keeps them, so that an encoder may cache by identity.
 *
 * @param frames           as {@link StackTraceElement#toString()} prints them, at most {@code stackdepth} many
 * @param applicationFrame index of the first frame that belongs neither to the JDK nor to Netflight, or -1
 * @param truncated        whether deeper frames were left out
 */
public record JavaStack(List<String> frames, int applicationFrame, boolean truncated) {

    /** The first application frame, else the leaf, else an empty string. */
    public String firstApplicationFrame() {
        if (frames.isEmpty()) {
            return "";
        }
        return frames.get(Math.max(applicationFrame, 0));
    }
}
