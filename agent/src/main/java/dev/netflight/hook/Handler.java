package dev.netflight.hook;

import java.util.List;

/**
 * A handler of an event loop's pipeline that was called with what the loop had read.
 *
 * @param name   its class
 * @param caller the one that passed it on, or {@code null}
 */
record Handler(String name, Handler caller) {
    /** Whether a class is one of Netty's own, also in a copy of it. */
    static boolean isLibrarys(String name) {
        return name.contains("netty.channel.") || name.contains("netty.handler.");
    }

    /** Whether it is the first or the last of each pipeline, which say nothing. */
    static boolean isPipelinesEnd(String name) {
        return name.contains("DefaultChannelPipeline$");
    }

    /** As a frame of a stack, whose line is not known. */
    String frame() {
        return name + ".channelRead(Unknown Source)";
    }

    /** Puts the frames of this and its callers before those of a stack, as many as there is room for. */
    void addTo(List<String> frames, int room) {
        int before = frames.size();
        for (Handler handler = this; handler != null && frames.size() - before < room; handler = handler.caller) {
            frames.add(handler.frame());
        }
    }
}
