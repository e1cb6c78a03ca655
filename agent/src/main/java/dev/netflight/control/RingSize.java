package dev.netflight.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How large the ring is where nobody says. The kernel takes all of it at once and charges it to the container, so whole
 * packets get as much as a burst needs, but never more than a small part of what memory there is.
 */
final class RingSize {
    /** Bursts of headers: some 80,000 packets. */
    static final int OF_HEADERS = 16 << 20;
    /** Two thousand writes of 128 KiB, there and back, while the capture thread gets no processor. */
    static final int OF_WHOLE_PACKETS = 256 << 20;

    private static final int SMALL_SNAPLEN = 2048;
    private static final int PART_OF_MACHINE = 16;
    private static final int PART_OF_CONTAINER = 8;

    private RingSize() {}

    /** @return bytes, a power of two */
    static int byDefault(int snaplen) {
        boolean whole = snaplen == 0 || snaplen > SMALL_SNAPLEN;
        return whole ? fitting(availableMemory(), memoryLimit()) : OF_HEADERS;
    }

    /**
     * @param available bytes of memory that the machine has left
     * @param limit     the container's limit in bytes; {@code Long.MAX_VALUE} for none
     */
    static int fitting(long available, long limit) {
        long most = Math.min(available / PART_OF_MACHINE, limit / PART_OF_CONTAINER);
        int size = OF_WHOLE_PACKETS;
        while (size > OF_HEADERS && size > most) {
            size /= 2;
        }
        return size;
    }

    private static long availableMemory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            // as if there were little
        }
        return 0;
    }

    /** Of cgroup v2, then v1, as a container sees its own. */
    private static long memoryLimit() {
        for (String file : new String[] {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
            try {
                return Long.parseLong(Files.readString(Path.of(file)).strip());
            } catch (IOException | NumberFormatException none) {
                // no such file, or "max"
            }
        }
        return Long.MAX_VALUE;
    }
}
