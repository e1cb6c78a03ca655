package dev.netflight.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.kernel.KernelHook;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventNeedsTest {
    private static final String[] QUEUES = {"netty-origin", "httpclient-origin", "websocket-origin", "async-origin"};

    @Test
    void origins_need_the_writes_and_the_libraries_queues_and_no_packets() {
        EventNeeds origins = EventNeeds.of(Set.of("netflight.WriteOrigin"));
        assertThat(QUEUES).allMatch(origins::weaves);
        assertThat(origins.cover(EventNeeds.of(Set.of("netflight.SocketWrite")))).isTrue();
        assertThat(origins.kernel()).doesNotContain(KernelHook.EGRESS, KernelHook.INGRESS, KernelHook.RECEIVE_END);
        assertThat(origins.tellFrames()).as("stacks of the writes").isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SocketWrite", "WriteLatency", "Packet", "Retransmission", "Connection", "PacketDrop"})
    void no_other_event_needs_the_libraries_queues(String event) {
        assertThat(QUEUES).noneMatch(EventNeeds.of(Set.of("netflight." + event))::weaves);
    }
}
