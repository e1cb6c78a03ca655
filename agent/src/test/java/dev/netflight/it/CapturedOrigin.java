package dev.netflight.it;

import java.util.List;

/**
 * Who handed bytes over, as a packet's comment tells it.
 *
 * @param stack the frames as {@code Throwable} prints them, without {@code at}
 */
record CapturedOrigin(String thread, List<String> stack) {

    /** The first frame that is neither a library's nor the call of one by a program of these tests, as {@code Class.method}. */
    String leaf() {
        return CapturedOperation.leaf(stack, "java.", "jdk.", "io.netty.", "io.grpc.", "dev.netflight.it.app.NettySubmit",
                "dev.netflight.it.app.HttpSubmit", "dev.netflight.it.app.AsyncSubmit",
                "dev.netflight.it.app.WebSocketSubmit");
    }

    @Override
    public String toString() {
        return thread + ' ' + leaf();
    }
}
