/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What kernel programs and user space share. Each struct has a StructLayout in dev.netflight.kernel; a test compares
 * the two field by field through the object's BTF.
 */
#ifndef NETFLIGHT_H
#define NETFLIGHT_H

#define MAX_SLOTS	4096	/* OS threads that can be followed at a time */
#define MAX_CPUS	512	/* lines of counters; a higher processor shares one by modulo */
#define MAX_INTERFACES	8	/* names that `interface` takes */
#define IFNAMSIZ	16

/* record_header.kind */
#define RECORD_PACKET	1
#define RECORD_SOCKET	2
#define RECORD_OPERATION 3	/* made by native code: no Java thread told us of it */
#define RECORD_PROCESS	10	/* who a followed process is that is not the JVM */
#define RECORD_OWNER	11	/* which process uses a socket from now on */
#define RECORD_INTERFACE 12	/* name of a device in a network namespace that is not the JVM's */
#define RECORD_DATAGRAM	4	/* what became of a UDP datagram */
#define RECORD_TROUBLE	5	/* a retransmission, a reset, a packet that was thrown away */

/* packet_record.direction */
#define INGRESS		0
#define EGRESS		1

/* thread_slot.kind; dev.netflight.model.OperationKind has them all */
#define OPERATION_CONNECT 1
#define OPERATION_READ	3
#define OPERATION_RECEIVE 6
#define OPERATION_SHUTDOWN 8
#define OPERATION_CLOSE	9
#define OPERATION_START	10	/* of a process */
#define OPERATION_LOOKUP 11

/* thread_slot.flags, socket_record.flags */
#define SLOT_SENT	1	/* [tx0, tx1) is valid */
#define SLOT_RECEIVED	2	/* [rx0, rx1) is valid */
#define SLOT_STATE	4	/* the call changed the socket's state: connect, shutdown, close */
#define SLOT_ADOPTED	8	/* the socket was looked up by its descriptor */
#define SLOT_BEGUN	16	/* tx0 was read under the socket lock, before the first byte was queued */
#define SLOT_RECORDED	32	/* what the call moved stands in records of the ring */

#define SOCKET_FOUND	1	/* it was open before the capture, or came by a way that no hook saw */
#define SOCKET_ACCEPTED	2	/* the peer opened it */
#define SOCKET_LEFT_OUT	4	/* it is followed no more: the filter accepts none of its packets */

/* datagram_record.fate */
#define DATAGRAM_SENT	1
#define DATAGRAM_READ	2	/* `number` was read */
#define DATAGRAM_TAKEN	3	/* one that came to an idle socket was read: of those that are not queued */
#define DATAGRAM_DROPPED 4	/* `number` was thrown away by the kernel */

/* trouble_record.what */
#define TROUBLE_RETRANSMISSION 1
#define TROUBLE_RESET	2
#define TROUBLE_DROP	3

/* reader.wanted */
#define WANTED_RETRANSMISSIONS 1
#define WANTED_RESETS	2
#define WANTED_DROPS	4
#define WANTED_CONNECTIONS 8	/* all of them, also those whose packets the filter does not accept */

/* trouble_record.reason of a kernel that does not tell */
#define REASON_UNKNOWN	~0u

#define LONGEST_PLACE	64

#define MAX_QUEUED	8	/* datagrams behind one that was read of which a record tells */

/* packet_record.ack of a fragment but the last: that one tells the datagram's length */
#define LENGTH_UNKNOWN	~0u

/* scope.kind */
#define SCOPE_PROCESS	0
#define SCOPE_CHILDREN	1	/* and what the JVM starts, and what that starts */
#define SCOPE_CGROUP	2	/* and what runs in the JVM's control group or below it */

#define CONTROL_GROUP_LEVELS 8
#define CONTROL_GROUP_NAME 128
#define LONGEST_FILE	128	/* of a program's path, with the zero behind it */
#define LONGEST_ARGUMENTS 1024

/* thread_slot.cookie of a start: not a socket's, but this bit and the tgid of the new process */
#define STARTED_PROCESS	(1ULL << 63)

/* thread_slot.cookie of a thread whose last call was on a socket that is left out: this bit and the cookie */
#define LEFT_OUT	(1ULL << 62)

/* process_record.flags */
#define PROCESS_IS_NEW	1	/* not the one that had this tgid when it was told last */

/* Fixed before load. */
struct scope {
	__u32 kind;
};

/* Fixed before load. */
struct config {
	__u64 interfaces[MAX_INTERFACES][2];	/* names, zero padded */
	__u32 interface_count;			/* 0: any */
	__u32 snaplen;				/* bytes kept of a packet, from its link-layer header */
	__u32 directions;			/* bit 0 ingress, bit 1 egress */
	__u32 whole_packets;			/* bpf_dynptr_from_skb can be called */
};

/* Shared for as long as the programs live. */
struct control {
	__u32 tgid;			/* the followed process, as the initial PID namespace counts */
	__u32 cgroup_level;		/* of the process' control group of version 2, 0 for the root */
};

/* Bits of reader.followed. */
#define FOLLOWED_SOCKET		1	/* a connection has been followed, or a socket of UDP where the filter may accept that */
#define FOLLOWED_PERHAPS	2	/* a datagram came whose socket may be ours, and no program has met it */

/* What the reader of the ring and the programs share. */
struct reader {
	__u32 consumer_sleeping;	/* set by the reader before it waits, cleared by who wakes it */
	__u32 wanted;			/* WANTED_…: of which trouble records are made, and whether of all connections */
	__u32 followed;			/* FOLLOWED_…: who sleeps until then looks at it */
};

/* What a program gets that is called by the process. */
struct arguments {
	__u64 args[7];
};

/* Numbers of those programs where they are called by a message. */
#define CALL_FOLLOW_PROCESS	1
#define CALL_REGISTER_THREAD	2
#define CALL_ADOPT_SOCKET	3
#define CALL_QUERY_SOCKET	4
#define CALL_FORGET_CONNECTION	5
#define CALL_SWEEP_DATAGRAMS	6
#define CALL_FIND_CONTROL_GROUPS 7

/* Such a call. */
struct request {
	struct arguments arguments;
	__u32 call;
	__s32 answer;
};

/* A line of counters for each processor. */
struct counters {
	__u64 matched;			/* packets found to be of the capture */
	__u64 lost;			/* packets that found the ring full */
	__u64 records_lost;		/* other records that did */
	__u64 connections_refused;	/* sockets for which the tuple table had no room */
	__u64 processes_refused;	/* processes of the scope for which their table had no room */
	__u64 pad[3];
};

/* 128 bytes: line 0 is written by the thread, line 1 by the programs during its system call. */
struct thread_slot {
	__u64 operation;
	__u32 fd;
	__u32 kind;
	__u64 pad0[6];
	__u64 result_operation;
	__u64 cookie;
	__u32 tx0;
	__u32 tx1;
	__u32 rx0;
	__u32 rx1;
	__u8 remote_address[16];
	__u16 remote_port;
	__u16 local_port;
	__u32 srtt_us;
	__u32 snd_cwnd;
	__u8 flags;
	__u8 pad1[3];
};

struct record_header {
	__u64 mono_nanos;
	__u64 cookie;
	__u32 kind;
	__u32 netns;
};

struct packet_record {
	struct record_header header;
	__u32 ifindex;
	__u32 original_length;		/* with the link-layer header */
	__u32 captured_length;
	__u32 seq;			/* of UDP the datagram's number, which its fragments share; 0 unknown */
	__u32 ack;			/* of UDP the datagram's payload, in all its fragments */
	__u32 payload_length;		/* above the transport header */
	__u8 direction;
	__u8 protocol;
	__u8 tcp_flags;			/* of UDP 0, 1 the first of several fragments, 2 another */
	__u8 link_length;		/* 14, and 4 for each VLAN tag; 0 for a layer-3 device */
	__u32 cpu;			/* the processor that it came by */
	__u8 data[];
};

struct socket_record {
	struct record_header header;
	__u64 operation;		/* of the thread that caused the change, 0 where none did */
	__u64 bytes_acked;
	__u64 bytes_received;
	__u8 local_address[16];
	__u8 remote_address[16];
	__u32 tid;
	__u32 write_seq;
	__u32 copied_seq;
	__u32 rcv_nxt;
	__u32 srtt_us;
	__u32 min_rtt_us;
	__u32 retransmissions;
	__u32 snd_cwnd;
	__u16 local_port;
	__u16 remote_port;
	__u8 protocol;
	__u8 old_state;
	__u8 new_state;
	__u8 flags;
	__u32 error;			/* sk_err: why the connection died, 0 for none */
	__u32 pad;
};

struct operation_record {
	struct record_header header;
	__u32 tid;
	__u32 from;			/* first byte, as a TCP sequence number */
	__u32 to;			/* one past the last */
	__u8 sent;			/* 1 sent, 0 received */
	__u8 pad[3];
	__u8 comm[16];			/* the thread's */
};

struct process_record {
	struct record_header header;
	__u64 operation;		/* that started it or one it descends from, 0 for none of this capture */
	__u32 tgid;			/* as the initial PID namespace counts */
	__u32 pid;			/* as the JVM's PID namespace counts, 0 where it is not in it */
	__u32 parent_tgid;
	__u32 parent_pid;
	__u32 flags;
	__u32 arguments_length;
	__u8 comm[16];
	__u8 file[LONGEST_FILE];	/* as it was given to exec; empty where that was not seen */
	__u8 arguments[LONGEST_ARGUMENTS];	/* each with a zero behind it */
};

struct owner_record {
	struct record_header header;
	__u32 tgid;			/* 0: the JVM */
	__u32 pad;
};

struct interface_record {
	struct record_header header;
	__u32 ifindex;
	__u32 pad;
	__u8 name[IFNAMSIZ];
};

struct datagram_record {
	struct record_header header;
	__u64 operation;		/* of the thread that sent or read it, 0 for native code */
	__u64 idle_since;		/* when the socket was last seen empty, 0 where that is not known */
	__u32 tid;
	__u32 number;			/* as packet_record.seq; 0 where only `queued` tells */
	__u32 length;			/* bytes that the call moved: fewer than the datagram has where it was cut off */
	__u8 fate;
	__u8 uncertain;			/* others may have come that no record tells of */
	__u8 queued_count;		/* MAX_QUEUED + 1: more than `queued` holds */
	__u8 pad;
	__u32 queued[MAX_QUEUED];	/* numbers of those still to be read, 0 for one that was not recorded */
};

/* Which bytes or packet it befell stands in the same words as in packet_record. */
struct trouble_record {
	struct record_header header;
	__u64 place;			/* in the kernel's code, of a packet that was thrown away */
	__u8 local_address[16];
	__u8 remote_address[16];
	__u32 seq;
	__u32 ack;
	__u32 payload_length;
	__u32 segments;			/* of a retransmission, as the kernel counts */
	__u32 reason;			/* enum skb_drop_reason or sk_rst_reason of the running kernel */
	__u16 local_port;
	__u16 remote_port;
	__u8 what;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 outbound;			/* of a reset: we have sent it */
	__u8 state;			/* of the socket, 0 where it is not known */
	__u8 pad[3];
	__u8 place_name[LONGEST_PLACE];	/* symbol+offset/length, empty where it was told before */
};

_Static_assert(sizeof(struct reader) == 12, "reader");
_Static_assert(sizeof(struct request) == 64, "request");
_Static_assert(sizeof(struct counters) == 64, "counters");
_Static_assert(sizeof(struct thread_slot) == 128, "thread_slot");
_Static_assert(sizeof(struct record_header) == 24, "record_header");
_Static_assert(sizeof(struct packet_record) == 56, "packet_record");
_Static_assert(sizeof(struct socket_record) == 128, "socket_record");
_Static_assert(sizeof(struct operation_record) == 56, "operation_record");
_Static_assert(sizeof(struct process_record) == 1224, "process_record");
_Static_assert(sizeof(struct owner_record) == 32, "owner_record");
_Static_assert(sizeof(struct interface_record) == 48, "interface_record");
_Static_assert(sizeof(struct datagram_record) == 88, "datagram_record");
_Static_assert(sizeof(struct trouble_record) == 160, "trouble_record");

#endif
