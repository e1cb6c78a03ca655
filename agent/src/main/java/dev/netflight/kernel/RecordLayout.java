package dev.netflight.kernel;

/**
 * Offsets in the records of the ring, {@code struct record_header} and what follows it in netflight.h. Numbers are in the
 * machine's byte order, addresses in network order.
 *
 * <pre>
 * record_header (all kinds)
 *   0 +-----------------------------------+
 *     | u64 mono_nanos  CLOCK_MONOTONIC   |
 *   8 +-----------------------------------+
 *     | u64 cookie                        |
 *  16 +-----------------+-----------------+
 *     | u32 kind        | u32 netns       |
 *  24 +-----------------+-----------------+
 *
 * packet_record, kind 1                     operation_record, kind 3
 *  24 +-----------------+-----------------+  24 +-----------------+-----------------+
 *     | u32 ifindex     | u32 original_l. |     | u32 tid         | u32 from        |
 *  32 +-----------------+-----------------+  32 +-----------------+--+--------------+
 *     | u32 captured_l. | u32 seq         |     | u32 to          |u8| u8 pad[3]    |
 *  40 +-----------------+-----------------+  40 +-----------------+--+--------------+
 *     | u32 ack         | u32 payload_l.  |     | u8 comm[16]          sent
 *  48 +--+--+--+--+-----+-----------------+  56 +-----------------------------------+
 *     |u8|u8|u8|u8      | u32 cpu         |  direction, protocol, tcp_flags, link_length
 *  56 +--+--+--+--+-----------------------+
 *     | u8 data[captured_length]
 *
 * socket_record, kind 2
 *  24 +-----------------------------------+
 *     | u64 operation                     |
 *  32 +-----------------------------------+
 *     | u64 bytes_acked                   |
 *  40 +-----------------------------------+
 *     | u64 bytes_received                |
 *  48 +-----------------------------------+
 *     | u8 local_address[16]              |
 *  64 +-----------------------------------+
 *     | u8 remote_address[16]             |
 *  80 +-----------------+-----------------+
 *     | u32 tid         | u32 write_seq   |
 *  88 +-----------------+-----------------+
 *     | u32 copied_seq  | u32 rcv_nxt     |
 *  96 +-----------------+-----------------+
 *     | u32 srtt_us     | u32 min_rtt_us  |
 * 104 +-----------------+-----------------+
 *     | u32 retransm.   | u32 snd_cwnd    |
 * 112 +--------+--------+--+--+--+--+-----+
 *     | u16 lp | u16 rp |u8|u8|u8|u8      |  protocol, old_state, new_state, flags
 * 120 +--------+--------+--+--+--+--+-----+
 *     | u32 error       | u32 pad         |
 * 128 +-----------------+-----------------+
 *
 * process_record, kind 10                    owner_record, kind 11
 *  24 +-----------------------------------+  24 +-----------------+-----------------+
 *     | u64 operation                     |     | u32 tgid        | u32 pad         |
 *  32 +-----------------+-----------------+  32 +-----------------+-----------------+
 *     | u32 tgid        | u32 pid         |
 *  40 +-----------------+-----------------+ interface_record, kind 12
 *     | u32 parent_tgid | u32 parent_pid  |  24 +-----------------+-----------------+
 *  48 +-----------------+-----------------+     | u32 ifindex     | u32 pad         |
 *     | u32 flags       | u32 arguments_l.|  32 +-----------------+-----------------+
 *  56 +-----------------+-----------------+     | u8 name[16]                       |
 *     | u8 comm[16]                       |  48 +-----------------------------------+
 *  72 +-----------------------------------+
 *     | u8 file[128]                      |
 * 200 +-----------------------------------+
 *     | u8 arguments[1024]                |
 * 1224 +----------------------------------+
 *
 * datagram_record, kind 4
 *  24 +-----------------------------------+
 *     | u64 operation                     |
 *  32 +-----------------------------------+
 *     | u64 idle_since                    |
 *  40 +-----------------+-----------------+
 *     | u32 tid         | u32 number      |
 *  48 +-----------------+--+--+--+--+-----+
 *     | u32 length      |u8|u8|u8|u8      |  fate, uncertain, queued_count, pad
 *  56 +-----------------+--+--+--+--+-----+
 *     | u32 queued[8]                     |
 *  88 +-----------------------------------+
 *
 * trouble_record, kind 5
 *  24 +-----------------------------------+
 *     | u64 place                         |
 *  32 +-----------------------------------+
 *     | u8 local_address[16]              |
 *  48 +-----------------------------------+
 *     | u8 remote_address[16]             |
 *  64 +-----------------+-----------------+
 *     | u32 seq         | u32 ack         |
 *  72 +-----------------+-----------------+
 *     | u32 payload_l.  | u32 segments    |
 *  80 +-----------------+--------+--------+
 *     | u32 reason      | u16 lp | u16 rp |
 *  88 +--+--+--+--+--+--+--------+--------+
 *     |u8|u8|u8|u8|u8| u8 pad[3]          |  what, protocol, tcp_flags, outbound, state
 *  96 +--+--+--+--+--+--------------------+
 *     | u8 place_name[64]                 |
 * 160 +-----------------------------------+
 * </pre>
 */
public final class RecordLayout {
    public static final int MONO_NANOS = 0;
    public static final int COOKIE = 8;
    public static final int KIND = 16;
    public static final int NETNS = 20;

    /** Values of {@link #KIND}. */
    public static final int PACKET = 1;
    public static final int SOCKET = 2;
    public static final int OPERATION = 3;
    public static final int PROCESS = 10;
    public static final int OWNER = 11;
    public static final int INTERFACE = 12;
    public static final int DATAGRAM = 4;
    public static final int TROUBLE = 5;

    private RecordLayout() {}

    /** {@code struct packet_record}. */
    public static final class Packet {
        public static final int IFINDEX = 24;
        public static final int ORIGINAL_LENGTH = 28;
        public static final int CAPTURED_LENGTH = 32;
        public static final int SEQ = 36;
        public static final int ACK = 40;
        public static final int PAYLOAD_LENGTH = 44;
        public static final int DIRECTION = 48;
        public static final int PROTOCOL = 49;
        public static final int TCP_FLAGS = 50;
        public static final int LINK_LENGTH = 51;
        public static final int CPU = 52;
        public static final int DATA = 56;

        /** Value of {@link #DIRECTION} for a packet that leaves the host. */
        public static final int EGRESS = 1;

        private Packet() {}
    }

    /** {@code struct socket_record}. */
    public static final class Socket {
        public static final int OPERATION = 24;
        public static final int BYTES_ACKED = 32;
        public static final int BYTES_RECEIVED = 40;
        public static final int LOCAL_ADDRESS = 48;
        public static final int REMOTE_ADDRESS = 64;
        public static final int TID = 80;
        public static final int WRITE_SEQ = 84;
        public static final int COPIED_SEQ = 88;
        public static final int RCV_NXT = 92;
        public static final int SRTT_US = 96;
        public static final int MIN_RTT_US = 100;
        public static final int RETRANSMISSIONS = 104;
        public static final int SND_CWND = 108;
        public static final int LOCAL_PORT = 112;
        public static final int REMOTE_PORT = 114;
        public static final int PROTOCOL = 116;
        public static final int OLD_STATE = 117;
        public static final int NEW_STATE = 118;
        public static final int FLAGS = 119;
        public static final int ERROR = 120;
        public static final int PAD = 124;

        /** Bits of {@link #FLAGS}. */
        public static final int FOUND = 1;
        public static final int ACCEPTED = 2;
        public static final int LEFT_OUT = 4;

        private Socket() {}
    }

    /** {@code struct operation_record}. */
    public static final class NativeOperation {
        public static final int TID = 24;
        public static final int FROM = 28;
        public static final int TO = 32;
        public static final int SENT = 36;
        public static final int PAD = 37;
        public static final int COMM = 40;

        public static final int COMM_LENGTH = 16;

        private NativeOperation() {}
    }

    /** {@code struct process_record}. */
    public static final class Process {
        public static final int OPERATION = 24;
        public static final int TGID = 32;
        public static final int PID = 36;
        public static final int PARENT_TGID = 40;
        public static final int PARENT_PID = 44;
        public static final int FLAGS = 48;
        public static final int ARGUMENTS_LENGTH = 52;
        public static final int COMM = 56;
        public static final int FILE = 72;
        public static final int ARGUMENTS = 200;

        public static final int COMM_LENGTH = 16;
        public static final int FILE_LENGTH = 128;

        /** Bit of {@link #FLAGS}. */
        public static final int IS_NEW = 1;

        private Process() {}
    }

    /** {@code struct owner_record}. */
    public static final class Owner {
        public static final int TGID = 24;
        public static final int PAD = 28;

        private Owner() {}
    }

    /** {@code struct interface_record}. */
    public static final class Interface {
        public static final int IFINDEX = 24;
        public static final int PAD = 28;
        public static final int NAME = 32;

        public static final int NAME_LENGTH = 16;

        private Interface() {}
    }

    /** {@code struct datagram_record}. */
    public static final class Datagram {
        public static final int OPERATION = 24;
        public static final int IDLE_SINCE = 32;
        public static final int TID = 40;
        public static final int NUMBER = 44;
        public static final int LENGTH = 48;
        public static final int FATE = 52;
        public static final int UNCERTAIN = 53;
        public static final int QUEUED_COUNT = 54;
        public static final int PAD = 55;
        public static final int QUEUED = 56;

        /** How many {@link #QUEUED} holds; a {@link #QUEUED_COUNT} above it says that there are more. */
        public static final int MAX_QUEUED = 8;

        /** Values of {@link #FATE}. */
        public static final int SENT = 1;
        public static final int READ = 2;
        public static final int TAKEN = 3;
        public static final int DROPPED = 4;

        private Datagram() {}
    }

    /** {@code struct trouble_record}. */
    public static final class Trouble {
        public static final int PLACE = 24;
        public static final int LOCAL_ADDRESS = 32;
        public static final int REMOTE_ADDRESS = 48;
        public static final int SEQ = 64;
        public static final int ACK = 68;
        public static final int PAYLOAD_LENGTH = 72;
        public static final int SEGMENTS = 76;
        public static final int REASON = 80;
        public static final int LOCAL_PORT = 84;
        public static final int REMOTE_PORT = 86;
        public static final int WHAT = 88;
        public static final int PROTOCOL = 89;
        public static final int TCP_FLAGS = 90;
        public static final int OUTBOUND = 91;
        public static final int STATE = 92;
        public static final int PAD = 93;
        public static final int PLACE_NAME = 96;

        public static final int PLACE_NAME_LENGTH = 64;

        /** Values of {@link #WHAT}. */
        public static final int RETRANSMISSION = 1;
        public static final int RESET = 2;
        public static final int DROP = 3;

        private Trouble() {}
    }
}
