/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * TCP connections of which the filter accepts no packet are not followed: no call on them costs its thread more than a
 * comparison, no packet more than a look at its ports. That holds for expressions that look at nothing but a connection's
 * addresses, ports and protocol, and for those only filter_by_connection is set (dev.netflight.filter.ConnectionVerdict): what
 * they say of one packet they say of all in its direction. So they are asked about the headers that any of them would have.
 */
#ifndef NETFLIGHT_LEFT_OUT_H
#define NETFLIGHT_LEFT_OUT_H

#include "filter.h"

#define IPV4_HEADER	20
#define IPV6_HEADER	40

const volatile __u32 filter_by_connection = 0;

static __always_inline void copy(__u8 *to, const void *from, const int length)
{
	for (int i = 0; i < length; i++)
		to[i] = ((const __u8 *)from)[i];
}

/* Headers up to the ports; what such a filter does not look at is 0. Returns their length. */
static __always_inline __u32 write_headers(__u8 *to, const struct tuple *t, const int egress)
{
	const __u8 *source = (const __u8 *)(egress ? t->local : t->remote);
	const __u8 *target = (const __u8 *)(egress ? t->remote : t->local);
	__u16 local = bpf_htons(t->ports), remote = bpf_htons(t->ports >> 16);
	__u16 ports[2] = { egress ? local : remote, egress ? remote : local };

	__builtin_memset(to, 0, IPV6_HEADER);
	if (!t->remote[0] && (__u32)t->remote[1] == (__u32)V4_MAPPED) {
		to[0] = 0x45;
		to[9] = IPPROTO_TCP;
		copy(to + 12, source + 12, 4);
		copy(to + 16, target + 12, 4);
		copy(to + IPV4_HEADER, ports, 4);
		return IPV4_HEADER + 4;
	}
	to[0] = 0x60;
	to[6] = IPPROTO_TCP;
	copy(to + 8, source, 16);
	copy(to + 24, target, 16);
	copy(to + IPV6_HEADER, ports, 4);
	return IPV6_HEADER + 4;
}

/* Whether the filter rejects what passes one way, on devices of both kinds. */
static __always_inline int rejects(struct filter_room *room, const struct tuple *t, const int egress)
{
	__u32 length = write_headers(room->bytes, t, egress);
	__u16 protocol;

	if (filter_ip(room->bytes, length, length, egress) != FILTER_REJECTS)
		return 0;
	__builtin_memset(room->bytes, 0, ETH_HLEN);
	length = write_headers(room->bytes + ETH_HLEN, t, egress);
	protocol = bpf_htons(length > IPV6_HEADER ? ETH_P_IPV6 : ETH_P_IP);
	copy(room->bytes + ETH_HLEN - 2, &protocol, 2);
	length += ETH_HLEN;
	return filter_ethernet(room->bytes, length, length, egress) == FILTER_REJECTS;
}

static __noinline int no_packet_passes(const struct tuple *t)
{
	struct filter_room *room;
	int rejected;

	if (!t)
		return 0;
	room = take_free_room(backend == AT_CGROUP ? CGROUP_ROOMS : 2, CONNECTION_ROOMS);
	if (!room)
		return 0;
	rejected = rejects(room, t, 1) && rejects(room, t, 0);
	leave_room(room);
	return rejected;
}

static __always_inline int wants_all_connections(void)
{
	return reader.wanted & WANTED_CONNECTIONS;
}

/* Whether a connection is not to be followed. */
static __always_inline int is_left_out(const struct tuple *t)
{
	return filter_by_connection && !wants_all_connections() && no_packet_passes(t);
}

#endif
