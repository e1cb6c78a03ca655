package dev.netflight.attribute;

import dev.netflight.model.PacketEvent;

/** Packets that wait for their operations, in the order of the ring; a queue over pooled events. */
final class HeldPackets {
    static final int CAPACITY = 1 << 17;

    private PacketEvent[] events = new PacketEvent[1024];
    private TrackedConnection[] connections = new TrackedConnection[1024];
    private int head;
    private int size;

    private PacketEvent[] pool = new PacketEvent[256];
    private int pooled;

    /** An empty event: from the pool, or a new one. */
    PacketEvent acquire() {
        return pooled > 0 ? pool[--pooled] : new PacketEvent();
    }

    void add(PacketEvent event, TrackedConnection connection) {
        if (size == events.length) {
            grow();
        }
        int at = (head + size++) & (events.length - 1);
        events[at] = event;
        connections[at] = connection;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size >= CAPACITY;
    }

    int size() {
        return size;
    }

    PacketEvent first() {
        return events[head];
    }

    TrackedConnection firstConnection() {
        return connections[head];
    }

    void removeFirst() {
        PacketEvent event = events[head];
        events[head] = null;
        connections[head] = null;
        head = (head + 1) & (events.length - 1);
        size--;
        event.data = null;
        if (pooled < pool.length) {
            pool[pooled++] = event;
        }
    }

    private void grow() {
        int capacity = events.length;
        PacketEvent[] moreEvents = new PacketEvent[capacity * 2];
        TrackedConnection[] moreConnections = new TrackedConnection[capacity * 2];
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (capacity - 1);
            moreEvents[i] = events[at];
            moreConnections[i] = connections[at];
        }
        events = moreEvents;
        connections = moreConnections;
        head = 0;
        if (pool.length < capacity) {
            pool = java.util.Arrays.copyOf(pool, capacity);
        }
    }
}
