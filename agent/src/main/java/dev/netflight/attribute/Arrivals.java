package dev.netflight.attribute;

import dev.netflight.model.DatagramEvent;
import dev.netflight.model.PacketEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The datagrams of one socket that have come and of which it is not known that they were read or thrown away, and those
 * reads of which it is not known yet what they got.
 *
 * <p>Such a read got one of those that had come since the socket was last seen empty and were not queued any more. Mostly
 * that is one. It may be more when another one was just on its way from the device to the socket: what later reads and
 * drops tell takes it out again, and until then nothing is claimed.
 */
final class Arrivals {
    private static final int CAPACITY = 4096;
    private static final int MOST_OPEN = 64;
    /** A datagram that lies in a socket for longer may be forgotten. */
    private static final long KEPT_NANOS = 10_000_000_000L;
    /** Longer than a packet waits nobody asks. */
    private static final long OPEN_NANOS = 2 * Attributor.MAX_WAIT_NANOS;
    /** The longest that a datagram is thought to be on its way from the device to the socket. */
    private static final long UNDER_WAY_NANOS = 10_000_000L;

    private static final class Arrival {
        final int number;
        int length = PacketEvent.LENGTH_UNKNOWN;
        /** Payload of the fragments that have come. */
        int there;
        /** By which the last of them came, and when. */
        int cpu;
        long monoNanos;

        Arrival(int number) {
            this.number = number;
        }

        /** A datagram that is not whole has not come to the socket. */
        boolean canGive(int bytes) {
            return there == length && bytes <= length;
        }
    }

    private record Open(DatagramEvent event, List<Arrival> candidates) {}

    /** A read whose datagram is known now; operation 0: nobody's, or nobody knows whose. */
    record Taken(int number, long operation) {}

    private final Map<Integer, Arrival> waiting = new LinkedHashMap<>();
    private final ArrayDeque<Open> open = new ArrayDeque<>();
    private final ArrayDeque<Taken> resolved = new ArrayDeque<>();

    /** A datagram, or a fragment, has come to the device; in the order of the ring. */
    void add(PacketEvent event) {
        Arrival arrival = waiting.remove(event.seq);
        if (arrival == null) {
            if (event.tcpFlags == 2) {
                return; // the whole was read or thrown away
            }
            arrival = new Arrival(event.seq);
        }
        arrival.there += event.payloadLength;
        if (event.ack != PacketEvent.LENGTH_UNKNOWN) {
            arrival.length = event.ack;
        }
        arrival.cpu = event.cpu;
        arrival.monoNanos = event.monoNanos;
        forget(waiting.size() < CAPACITY
                ? event.monoNanos - KEPT_NANOS
                : waiting.values().iterator().next().monoNanos + 1);
        waiting.put(event.seq, arrival);
    }

    private void forget(long before) {
        for (Iterator<Arrival> eldest = waiting.values().iterator(); eldest.hasNext();) {
            if (eldest.next().monoNanos - before >= 0) {
                return;
            }
            eldest.remove();
        }
    }

    /** It was read or thrown away. */
    void remove(int number) {
        if (waiting.remove(number) != null) {
            for (Open read : open) {
                read.candidates.removeIf(candidate -> candidate.number == number);
            }
            settle();
        }
    }

    /** One was read that is not among those that are queued. */
    void taken(DatagramEvent read) {
        while (!open.isEmpty() && (open.size() >= MOST_OPEN
                || read.monoNanos() - open.peek().event.monoNanos() > OPEN_NANOS)) {
            open.poll();
        }
        if (read.idleSince() != 0) {
            // what came long before was not there when the socket was seen empty
            forget(read.idleSince() - UNDER_WAY_NANOS);
        }
        List<Arrival> candidates = candidates(read);
        if (!read.uncertain() && !candidates.isEmpty()) {
            open.add(new Open(read, candidates));
            settle();
            settleTogether(candidates);
        }
    }

    /** One processor works on a packet to its end before the next, so that a socket gets in their order what it takes in. */
    private List<Arrival> candidates(DatagramEvent read) {
        List<Arrival> candidates = new ArrayList<>();
        Set<Integer> done = new HashSet<>();
        for (Arrival arrival : waiting.values()) {
            if (isQueued(arrival, read)) {
                done.add(arrival.cpu);
            } else if (!done.contains(arrival.cpu) && arrival.canGive(read.length())) {
                candidates.add(arrival);
                if (read.idleSince() != 0 && arrival.monoNanos - read.idleSince() > 0) {
                    done.add(arrival.cpu);
                }
            }
        }
        return candidates;
    }

    private static boolean isQueued(Arrival arrival, DatagramEvent read) {
        for (int number : read.queued()) {
            if (number == arrival.number) {
                return true;
            }
        }
        return false;
    }

    /** Reads of which only one datagram is left that they can have got. */
    private void settle() {
        for (boolean again = true; again;) {
            again = false;
            for (Iterator<Open> reads = open.iterator(); reads.hasNext() && !again;) {
                Open read = reads.next();
                if (read.candidates.size() <= 1) {
                    reads.remove();
                    if (read.candidates.size() == 1) {
                        take(read.candidates.getFirst(), read.event.operation());
                        again = true;
                    }
                }
            }
        }
    }

    private void take(Arrival arrival, long operation) {
        resolved.add(new Taken(arrival.number, operation));
        waiting.remove(arrival.number);
        for (Open other : open) {
            other.candidates.removeIf(candidate -> candidate.number == arrival.number);
        }
    }

    /** As many reads as there are datagrams for them got them all: in their order, where that is known. */
    private void settleTogether(List<Arrival> among) {
        List<Open> reads = open.stream().filter(read -> among.containsAll(read.candidates)).toList();
        if (among.isEmpty() || reads.size() < among.size()) {
            return;
        }
        // and a resolver reads several answers in one operation
        boolean ordered = reads.size() == among.size()
                && (among.stream().allMatch(a -> a.cpu == among.getFirst().cpu)
                        || reads.stream().allMatch(read -> read.event.operation() == reads.getFirst().event.operation()));
        open.removeAll(reads);
        List<Arrival> all = List.copyOf(among);
        for (int i = 0; i < all.size(); i++) {
            take(all.get(i), ordered ? reads.get(i).event.operation() : 0);
        }
        settle();
    }

    /** The next datagram of which the read is known now; {@code null} if there is none. */
    Taken pollResolved() {
        return resolved.poll();
    }
}
