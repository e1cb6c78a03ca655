package dev.netflight.jfr.rules;

import dev.netflight.jfr.rules.RecordedEvents.RecordedEvent;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmc.common.item.IItemCollection;

/** Whose code writes: who handed the bytes over, where the recording knows, else who made the call. */
final class Writers {
    private final Map<Long, Set<String>> origins = new HashMap<>();

    Writers(IItemCollection items) {
        for (RecordedEvent origin : RecordedEvents.of(items, "netflight.WriteOrigin")) {
            if (origin.text("originFrame") != null) {
                origins.computeIfAbsent(origin.number("operationId"), write -> new LinkedHashSet<>())
                        .add(origin.text("originFrame"));
            }
        }
    }

    /** @param write a {@code SocketWrite} */
    void count(RecordedEvent write, Frames frames) {
        Set<String> handedOver = origins.get(write.number("operationId"));
        if (handedOver == null) {
            frames.add(write.frame());
        } else {
            handedOver.forEach(frames::add);
        }
    }
}
