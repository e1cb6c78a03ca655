/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a program has found out of a packet on its way to a record. */
#ifndef NETFLIGHT_PACKET_H
#define NETFLIGHT_PACKET_H

/* Whose it is: one direction of a connection. */
struct tuple {
	__u64 local[2];		/* v4-mapped for IPv4, network order */
	__u64 remote[2];
	__u32 ports;		/* local | remote << 16, host order */
	__u32 netns;
};

struct packet {
	__u64 cookie;
	struct tuple tuple;
	__u32 seq, ack, payload_length;
	__u32 original_length;
	__u32 tag;		/* a VLAN tag that stands beside the packet, network order */
	__u8 tcp_flags;
	__u8 link_length;
	__u8 egress;
	__u8 protocol;
	__u8 fragment;		/* of UDP: 0 none, 1 the first, 2 another */
	__u32 identification;	/* of a fragment's datagram, as it stands in the header */
	void *context;		/* of the program, where it has one by which a packet can be read */
};

#endif
