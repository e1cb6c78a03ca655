package dev.netflight.read;

/**
 * Where packets were captured.
 *
 * @param id          its number in its section
 * @param linkType    LINKTYPE_…, what each packet begins with
 * @param snaplen     the most that was kept of a packet, 0 for no limit
 * @param name        empty where none is told, as in any pcap file
 * @param description empty where none is told
 * @param clock       how its times are to be read
 * @param raw         the whole block as it was read; {@code null} from a pcap file
 */
public record CaptureInterface(int id, int linkType, int snaplen, String name, String description, Clock clock, byte[] raw)
        implements Block {
    public static final int LINKTYPE_NULL = 0;
    public static final int LINKTYPE_ETHERNET = 1;
    public static final int LINKTYPE_RAW = 101;
    public static final int LINKTYPE_LOOP = 108;
    public static final int LINKTYPE_LINUX_SLL = 113;
    public static final int LINKTYPE_IPV4 = 228;
    public static final int LINKTYPE_IPV6 = 229;
    public static final int LINKTYPE_LINUX_SLL2 = 276;

    /**
     * The meaning of a 64-bit time.
     *
     * @param unitsPerSecond {@code if_tsresol}; 10^6 by default
     * @param offsetSeconds  {@code if_tsoffset}, added
     */
    public record Clock(long unitsPerSecond, long offsetSeconds) {
        private static final int NANOS = 1_000_000_000;

        static final Clock MICROSECONDS = new Clock(1_000_000, 0);

        long seconds(long units) {
            return Long.divideUnsigned(units, unitsPerSecond) + offsetSeconds;
        }

        int nanos(long units) {
            long rest = Long.remainderUnsigned(units, unitsPerSecond);
            return (int) (unitsPerSecond <= NANOS ? rest * NANOS / unitsPerSecond
                    : Math.min(NANOS - 1, (long) ((double) rest / unitsPerSecond * NANOS)));
        }
    }
}
