package dev.netflight.attribute;

import static dev.netflight.attribute.SequenceRanges.NOBODY;

import dev.netflight.model.Attribution;
import dev.netflight.model.DatagramEvent;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import dev.netflight.model.PacketEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Who sent and who read which datagram, by the datagrams' numbers. Records say it of those that were sent and of most that
 * were read, by the number of the operation, and the operations follow.
 *
 * <p>Of a datagram that came to an idle socket they say only what was still queued when it had been read: it is then one
 * of those that had come and are not queued ({@link Arrivals}).
 *
 * <p>Capture thread only. Everything is bounded: the oldest are forgotten, and counted if a packet might have asked for
 * them.
 */
final class Datagrams {
    static final int CAPACITY = HeldPackets.CAPACITY;
    /** Packets leave nearly in the order of their numbers: a claim that comes so far behind comes too late. */
    private static final int LATE = 4096;
    private static final int RECENT = 1024;

    /** Those whose packets have not left, and fragments. */
    private final LinkedHashMap<Long, Operation> claims = new LinkedHashMap<>();
    /** Number of the newest packet that has left, inbound and outbound; 0 for none. */
    private final int[] newest = new int[2];
    /** Datagrams of operations that have not come yet. */
    private final LinkedHashMap<Long, List<Long>> awaited = new LinkedHashMap<>();
    /** Operations that have come and may still be found to have read a datagram. */
    private final LinkedHashMap<Long, Operation> recent = new LinkedHashMap<>();
    private final LinkedHashMap<Long, Arrivals> sockets = new LinkedHashMap<>(16, 0.75f, true);
    private long evicted;

    /** An inbound packet has come. */
    void arrived(PacketEvent event) {
        if (event.seq != 0) {
            arrivals(event.cookie).add(event);
        }
    }

    /** What became of a datagram. */
    void happened(DatagramEvent event) {
        switch (event.fate()) {
            case SENT -> belongs(key(true, event.number()), event.operation());
            case READ -> {
                belongs(key(false, event.number()), event.operation());
                gone(event);
            }
            case DROPPED -> {
                belongs(key(false, event.number()), 0);
                gone(event);
            }
            case TAKEN -> {
                Arrivals arrivals = arrivals(event.cookie());
                arrivals.taken(event);
                resolve(arrivals);
            }
        }
    }

    private void gone(DatagramEvent event) {
        Arrivals arrivals = sockets.get(event.cookie());
        if (arrivals != null) {
            arrivals.remove(event.number());
            resolve(arrivals);
        }
    }

    private void resolve(Arrivals arrivals) {
        for (Arrivals.Taken taken = arrivals.pollResolved(); taken != null; taken = arrivals.pollResolved()) {
            belongs(key(false, taken.number()), taken.operation());
        }
    }

    private Arrivals arrivals(long cookie) {
        Arrivals arrivals = sockets.get(cookie);
        if (arrivals == null) {
            if (sockets.size() >= CAPACITY) {
                sockets.pollFirstEntry();
            }
            arrivals = new Arrivals();
            sockets.put(cookie, arrivals);
        }
        return arrivals;
    }

    private void belongs(long key, long operation) {
        if (operation == 0) {
            claim(key, NOBODY);
            return;
        }
        Operation ended = recent.get(operation);
        if (ended != null) {
            claim(key, ended);
            return;
        }
        if (awaited.size() >= CAPACITY) {
            awaited.pollFirstEntry();
        }
        awaited.computeIfAbsent(operation, first -> new ArrayList<>(1)).add(key);
    }

    /** An operation has ended whose records have been taken. */
    void operation(Operation operation) {
        List<Long> keys = awaited.remove(operation.id());
        if (keys != null) {
            for (Long key : keys) {
                claim(key, operation);
            }
        }
        if (operation.kind() == OperationKind.LOOKUP || keys == null && operation.kind() == OperationKind.RECEIVE) {
            if (recent.size() >= RECENT) {
                recent.pollFirstEntry();
            }
            recent.put(operation.id(), operation);
        }
    }

    /** Two claims cannot both be right, and wrong is worse than unknown. */
    private void claim(Long key, Operation operation) {
        int left = newest[(int) (key & 1)];
        if (left != 0 && left - (int) (key >> 1) > LATE) {
            return;
        }
        Operation there = claims.get(key);
        if (there == null && claims.size() >= CAPACITY) {
            claims.pollFirstEntry();
            evicted++;
        }
        claims.put(key, there != null && there.id() != operation.id() ? NOBODY : operation);
    }

    /** Fills the packet's operation if it is known. Returns whether nothing more is awaited. */
    boolean attribute(PacketEvent event, Packet packet) {
        packet.clearOperations();
        packet.attribution = Attribution.CONNECTION;
        if (event.seq == 0) {
            return true;
        }
        Operation operation = claims.get(key(event.outbound, event.seq));
        if (operation == null) {
            return false;
        }
        if (operation != NOBODY) {
            packet.addOperation(operation, event.payloadLength);
            packet.attribution = Attribution.EXACT;
        }
        return true;
    }

    /** A packet has left. What is kept survives the application's collections, so it is no more than is asked for again. */
    void served(PacketEvent event) {
        if (event.seq != 0) {
            newest[event.outbound ? 1 : 0] = event.seq;
            if (event.tcpFlags == 0) {
                claims.remove(key(event.outbound, event.seq));
            }
        }
    }

    /** The socket was closed. */
    void forget(long cookie) {
        sockets.remove(cookie);
    }

    long evicted() {
        return evicted;
    }

    private static long key(boolean outbound, int number) {
        return Integer.toUnsignedLong(number) << 1 | (outbound ? 1 : 0);
    }
}
