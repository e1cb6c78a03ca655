/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Whose packet is it: local ports reject foreign traffic first, then a direct-mapped table of tuples names the socket.
 * No hash map on the path of a packet, unless a bucket has run over.
 */
#ifndef NETFLIGHT_CONNECTIONS_H
#define NETFLIGHT_CONNECTIONS_H

#include "packet.h"

#define BUCKETS		8192
#define WAYS		6
#define CLAIMED		~0ULL	/* an entry that is being written */

struct entry {
	__u64 cookie;		/* 0: free */
	struct tuple tuple;
	__u64 closed;		/* may be taken by another when the bucket is full */
};

struct bucket {
	struct entry entries[WAYS];
	__u64 overflowed;	/* connections of this bucket that stand in `overflow` */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BUCKETS);
	__type(key, __u32);
	__type(value, struct bucket);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct tuple);
	__type(value, __u64);
} overflow SEC(".maps");

/* Sockets in SYN_SENT: their local port is chosen only after the state changed. 1, or CONNECTING_LEFT_OUT. */
#define CONNECTING_LEFT_OUT 2
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} connecting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
} listeners SEC(".maps");

struct port_key {
	__u32 netns;
	__u32 port;
};

/* Several may listen on one port: at several addresses, or with SO_REUSEPORT. Any of them stands for all. */
struct listening {
	__u64 cookie;
	__s64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct port_key);
	__type(value, struct listening);
} listening_ports SEC(".maps");

/* Whether what a socket of UDP does is asked for, and the programs that see it are attached only when there is one. */
const volatile __u32 datagrams_wake = 0;

static __always_inline void wake_calls(__u32 why)
{
	if (!(reader.followed & why))
		__sync_fetch_and_or(&reader.followed, why);
}

/* How many followed sockets have this local port. */
__u32 ports[65536];

static __always_inline void count_port(__u32 port, int change)
{
	__u64 p = port;

	barrier_var(p);		/* 6.1 and 6.12 lose the bounds of a byte-swapped half word */
	p &= 0xffff;
	__sync_fetch_and_add(&ports[p], change);
}

static __always_inline int is_followed_port(__u32 port)
{
	__u64 p = port;

	barrier_var(p);
	p &= 0xffff;
	return ports[p] != 0;
}

static __always_inline __u32 bucket_of(const struct tuple *t)
{
	__u32 h = t->ports * 0x9E3779B1u ^ (__u32)(t->remote[1] >> 32) * 0x85EBCA6Bu;

	h ^= h >> 15;
	return h & (BUCKETS - 1);
}

static __always_inline int same_tuple(const struct tuple *a, const struct tuple *b)
{
	return a->ports == b->ports && a->netns == b->netns && a->remote[1] == b->remote[1] &&
	       a->remote[0] == b->remote[0] && a->local[1] == b->local[1] && a->local[0] == b->local[0];
}

/* The socket cookie of a tuple, 0 for none. */
static __always_inline __u64 find_connection(const struct tuple *t)
{
	__u32 at = bucket_of(t);
	struct bucket *b = bpf_map_lookup_elem(&connections, &at);

	if (!b)
		return 0;
	for (int i = 0; i < WAYS; i++) {
		struct entry *e = &b->entries[i];
		__u64 cookie = *(volatile __u64 *)&e->cookie;

		if (cookie && same_tuple(&e->tuple, t) && *(volatile __u64 *)&e->cookie == cookie)
			return cookie == CLAIMED ? 0 : cookie;
	}
	if (b->overflowed) {
		__u64 *cookie = bpf_map_lookup_elem(&overflow, t);

		if (cookie)
			return *cookie;
	}
	return 0;
}

static __always_inline int claim(struct entry *e, __u64 was, const struct tuple *t, __u64 cookie)
{
	if (__sync_val_compare_and_swap(&e->cookie, was, CLAIMED) != was)
		return 0;
	e->tuple = *t;
	e->closed = 0;
	__sync_lock_test_and_set(&e->cookie, cookie);
	return 1;
}

/* Follows a tuple; one that is there already gets the new cookie. Returns 0, or -1 where there is no room. */
static __noinline int add_connection(const struct tuple *t, __u64 cookie)
{
	if (!t)
		return -1;
	__u32 at = bucket_of(t);
	struct bucket *b = bpf_map_lookup_elem(&connections, &at);

	wake_calls(FOLLOWED_SOCKET);
	if (!b)
		return -1;
	for (int i = 0; i < WAYS; i++) {
		struct entry *e = &b->entries[i];

		if (e->cookie && e->cookie != CLAIMED && same_tuple(&e->tuple, t)) {
			e->closed = 0;
			__sync_lock_test_and_set(&e->cookie, cookie);
			return 0;
		}
	}
	for (int i = 0; i < WAYS; i++) {
		if (!b->entries[i].cookie && claim(&b->entries[i], 0, t, cookie)) {
			count_port(t->ports & 0xffff, 1);
			return 0;
		}
	}
	for (int i = 0; i < WAYS; i++) {
		struct entry *e = &b->entries[i];
		__u64 was = e->cookie;
		__u32 port = e->tuple.ports & 0xffff;

		if (e->closed && was != CLAIMED && claim(e, was, t, cookie)) {
			count_port(port, -1);
			count_port(t->ports & 0xffff, 1);
			return 0;
		}
	}
	if (bpf_map_update_elem(&overflow, t, &cookie, BPF_NOEXIST)) {
		/* there already, or full */
		return bpf_map_update_elem(&overflow, t, &cookie, BPF_EXIST);
	}
	__sync_fetch_and_add(&b->overflowed, 1);
	count_port(t->ports & 0xffff, 1);
	return 0;
}

/* Marks a closed connection, whose late packets are still wanted while there is room. */
static __noinline int close_connection(const struct tuple *t, __u64 cookie)
{
	if (!t)
		return 0;
	__u32 at = bucket_of(t);
	struct bucket *b = bpf_map_lookup_elem(&connections, &at);

	if (!b)
		return 0;
	for (int i = 0; i < WAYS; i++)
		if (b->entries[i].cookie == cookie)
			b->entries[i].closed = 1;
	return 0;
}

static __noinline int remove_connection(const struct tuple *t, __u64 cookie)
{
	if (!t)
		return 0;
	__u32 at = bucket_of(t);
	struct bucket *b = bpf_map_lookup_elem(&connections, &at);

	if (!b)
		return 0;
	for (int i = 0; i < WAYS; i++) {
		struct entry *e = &b->entries[i];

		if (e->cookie == cookie && same_tuple(&e->tuple, t) &&
		    __sync_val_compare_and_swap(&e->cookie, cookie, 0) == cookie) {
			count_port(t->ports & 0xffff, -1);
			return 1;
		}
	}
	__u64 *found = bpf_map_lookup_elem(&overflow, t);

	if (found && *found == cookie && !bpf_map_delete_elem(&overflow, t)) {
		__sync_fetch_and_add(&b->overflowed, -1);
		count_port(t->ports & 0xffff, -1);
		return 1;
	}
	return 0;
}

#endif
