package dev.netflight.sink.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.netflight.model.JavaThread;
import dev.netflight.model.Operation;
import dev.netflight.model.OperationKind;
import dev.netflight.model.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FlightMemoryTest {
    private static final int MEBIBYTE = 1 << 20;

    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong most = new AtomicLong();

    /** Memory that is spoiled as soon as it is given back. */
    private FlightMemory.Room room(int bytes) {
        most.accumulateAndGet(taken.addAndGet(bytes), Math::max);
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        return new FlightMemory.Room() {
            @Override
            public ByteBuffer memory() {
                return memory;
            }

            @Override
            public void giveBack() {
                taken.addAndGet(-bytes);
                for (int i = 0; i + 8 <= bytes; i += 8) {
                    memory.putLong(i, -1);
                }
            }
        };
    }

    private static List<String> read(Snapshot snapshot) throws IOException {
        List<String> packets = new ArrayList<>();
        snapshot.replay(packet -> packets.add(Packets.text(packet)), () -> { });
        return packets;
    }

    @Test
    void the_newest_packets_are_given_back_with_all_that_was_known_of_them() throws IOException {
        List<String> given = new ArrayList<>();
        try (var memory = new FlightMemory(4 * MEBIBYTE, this::room)) {
            Packets packets = new Packets(1);
            for (int i = 0; i < 20_000; i++) {
                Packet packet = packets.next();
                given.add(Packets.text(packet));
                memory.add(packet);
                if (i % 3_001 == 0) {
                    List<String> kept = read(memory.snapshot());
                    assertThat(kept).isNotEmpty().isEqualTo(given.subList(given.size() - kept.size(), given.size()));
                    assertThat(memory.kept()).isEqualTo(kept.size());
                    assertThat(memory.kept() + memory.overwritten()).as("kept and overwritten").isEqualTo(given.size());
                }
            }
            assertThat(memory.overwritten()).isPositive();
            assertThat(memory.held()).isBetween(4L * MEBIBYTE * 31 / 32 - MEBIBYTE / 4, 4L * MEBIBYTE);
            assertThat(most.get()).as("most memory in use").isLessThanOrEqualTo(4 * MEBIBYTE);
        }
        assertThat(taken.get()).as("memory that was not given back").isZero();
    }

    @Test
    void a_snapshot_stays_as_it_was_however_much_comes_after_it() throws IOException {
        List<String> given = new ArrayList<>();
        try (var memory = new FlightMemory(MEBIBYTE, this::room)) {
            Packets packets = new Packets(2);
            for (int i = 0; i < 5_000; i++) {
                Packet packet = packets.next();
                given.add(Packets.text(packet));
                memory.add(packet);
            }
            Snapshot snapshot = memory.snapshot();
            for (int i = 0; i < 20_000; i++) {
                memory.add(packets.next());
            }
            assertThat(most.get()).as("most memory in use").isLessThanOrEqualTo(2 * MEBIBYTE);
            List<String> kept = read(snapshot);
            assertThat(kept).isNotEmpty().isEqualTo(given.subList(given.size() - kept.size(), given.size()));
            assertThat(taken.get()).as("memory after the dump").isLessThanOrEqualTo(MEBIBYTE);
            memory.snapshot().close();
        }
        assertThat(taken.get()).as("memory that was not given back").isZero();
    }

    @Test
    void what_a_snapshot_needs_outlives_the_memory() throws IOException {
        var memory = new FlightMemory(MEBIBYTE, this::room);
        Packets packets = new Packets(3);
        List<String> given = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Packet packet = packets.next();
            given.add(Packets.text(packet));
            memory.add(packet);
        }
        Snapshot snapshot = memory.snapshot();
        memory.close();
        List<String> kept = read(snapshot);
        assertThat(kept).isNotEmpty().isEqualTo(given.subList(given.size() - kept.size(), given.size()));
        assertThat(taken.get()).as("memory that was not given back").isZero();
    }

    @Test
    void snapshots_are_read_while_packets_come() throws Exception {
        try (var memory = new FlightMemory(MEBIBYTE, this::room)) {
            var failure = new AtomicReference<Throwable>();
            Thread capture = Thread.ofPlatform().start(() -> {
                try {
                    Packets packets = new Packets(4);
                    for (int i = 0; i < 60_000; i++) {
                        memory.add(packets.next());
                    }
                } catch (IOException | RuntimeException | Error problem) {
                    failure.set(problem);
                }
            });
            int read = 0;
            while (capture.isAlive() || read == 0) {
                List<Long> numbers = new ArrayList<>();
                memory.snapshot().replay(packet -> numbers.add(packet.number), () -> { });
                for (int i = 1; i < numbers.size(); i++) {
                    assertThat(numbers.get(i)).isEqualTo(numbers.get(i - 1) + 1);
                }
                read += numbers.size();
            }
            capture.join();
            assertThat(failure.get()).isNull();
        }
        assertThat(taken.get()).as("memory that was not given back").isZero();
    }

    @Test
    void a_packet_of_very_many_operations_has_them_all_if_it_fits_at_all() throws IOException {
        try (var memory = new FlightMemory(4 * MEBIBYTE, this::room)) {
            Packets packets = new Packets(5);
            for (int i = 0; i < 1_000; i++) {
                memory.add(packets.next());
            }
            Packet large = withOperations(packets.next(), 10_000);
            String text = Packets.text(large);
            memory.add(large);
            assertThat(read(memory.snapshot()).getLast()).isEqualTo(text);
            memory.add(withOperations(packets.next(), 200_000));
            assertThat(memory.kept() + memory.overwritten()).isEqualTo(1_002);
            Packet next = packets.next();
            memory.add(next);
            assertThat(read(memory.snapshot()).getLast()).isEqualTo(Packets.text(next));
            assertThat(memory.kept() + memory.overwritten()).isEqualTo(1_003);
        }
        assertThat(taken.get()).as("memory that was not given back").isZero();
    }

    private static Packet withOperations(Packet packet, int count) {
        packet.clearOperations();
        JavaThread thread = new JavaThread("writer", 1, false, null, 2, "writer");
        for (int i = 0; i < count; i++) {
            packet.addOperation(new Operation(i + 1, OperationKind.WRITE, thread, null, 3, 1, List.of()), 1);
        }
        return packet;
    }
}
