package dev.netflight.sink.jfr;

import dev.netflight.jfr.WriteOrigin;
import dev.netflight.model.AddressText;
import dev.netflight.model.Connection;
import dev.netflight.model.JavaStack;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationRanges;
import dev.netflight.model.Origin;

/** Commits who handed over the bytes of writes. Capture thread only, but for {@link #wanted}. */
final class JfrOrigins {
    /** Stands for the frames that were left out, as in a packet's comments. */
    private static final String CUT = "...";

    /** Direct-mapped by identity: equal stacks are the same object, and an application has few places that hand over. */
    private final JavaStack[] stacks = new JavaStack[1 << 8];
    private final String[] texts = new String[stacks.length];

    /** {@return whether a recording wants to know} Event classes must be registered. */
    static boolean wanted() {
        return Probes.WRITE_ORIGIN.isEnabled();
    }

    void commit(Operation write, OperationRanges ranges, Connection connection) {
        for (Origin origin : write.origins()) {
            var event = new WriteOrigin();
            event.operationId = write.id();
            event.connectionId = connection.id;
            event.offset = origin.from() - ranges.sentFrom();
            event.bytes = origin.to() - origin.from();
            event.originThread = origin.threadName();
            event.originThreadId = origin.threadId();
            if (origin.stack() != null) {
                event.originFrame = origin.stack().firstApplicationFrame();
                event.originStack = text(origin.stack());
            }
            event.remoteAddress = AddressText.of(connection.remoteAddress);
            event.remotePort = connection.remotePort;
            event.javaThread = write.thread().name();
            event.javaThreadId = write.thread().id();
            event.commit();
        }
    }

    private String text(JavaStack stack) {
        int place = System.identityHashCode(stack) & stacks.length - 1;
        if (stacks[place] != stack) {
            String frames = String.join("\n", stack.frames());
            texts[place] = stack.truncated() ? frames + '\n' + CUT : frames;
            stacks[place] = stack;
        }
        return texts[place];
    }
}
